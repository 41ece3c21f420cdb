// Inngest only calls this when OpenTelemetry tracing is switched on, which Guthaben does not do.
exports.getNodeAutoInstrumentations = () => [];
