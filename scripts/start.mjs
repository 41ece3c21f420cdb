// `npm start`: works on a machine with nothing but Node. Short, so that an old Node reads it and gives a sentence instead of a stack.
const version = process.versions.node.split(".").map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error(
    `Guthaben needs Node 20.19 or newer; this is Node ${process.versions.node}. Get one from https://nodejs.org and try again.`,
  );
  process.exit(1);
}
import("./launch.mjs")
  .then((launcher) => launcher.launch(process.argv.slice(2)))
  .catch((error) => {
    console.error(`\nGuthaben could not start: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  });
