const ms = require('ms');
console.log(ms('2 days'), require('./dist/notes.json').length);
