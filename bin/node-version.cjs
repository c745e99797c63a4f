/** An older Node fails in the middle of a program, with words about its syntax or a missing function. */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `mailmaps needs Node 20.19 or newer; this is Node ${process.versions.node} (${process.execPath})\n`,
  );
  process.exit(69);
}
