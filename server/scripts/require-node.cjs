/*
 * Ends a program with one line when Node is too old for it. An old Node fails on the syntax and the
 * imports of other files before it runs them, so this file comes before them, is CommonJS, and uses
 * the syntax of 2015.
 */

/** As in `engines` of package.json. */
var minimum = [20, 19]

var parts = process.versions.node.split('.').map(Number)
if (parts[0] < minimum[0] || (parts[0] === minimum[0] && parts[1] < minimum[1])) {
  process.stderr.write(
    'Taskward needs Node ' +
      minimum.join('.') +
      ' or newer. This is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n',
  )
  process.exit(1)
}
