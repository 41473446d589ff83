/** What the fuzz found, and was mended: the smallest bytes that showed it. */
export const FINDS: readonly { readonly format: string; readonly what: string; readonly bytes: string }[] = [
  { format: "allure", what: "a header that names no file", bytes: '\u001e{"file":""}\n{}' },
  { format: "allure", what: "a header with an escape that is none", bytes: '\u001e{"file":"\\q-result.json"}\n{}' },
  {
    format: "gotest",
    what: "a package that took less than no time",
    bytes: [
      '{"Action":"run","Package":"p","Test":"T"}',
      '{"Action":"pass","Package":"p","Test":"T","Elapsed":0}',
      '{"Action":"pass","Package":"p","Elapsed":-0.308}',
      "",
    ].join("\n"),
  },
  {
    format: "gotest",
    what: "a test whose name is empty",
    bytes: '{"Action":"run","Package":"p","Test":""}\n{"Action":"fail","Package":"p","Elapsed":0}\n',
  },
  {
    format: "tap",
    what: "a line before the first",
    bytes: "TAP version 13\nnot ok 1 - a\n  ---\n  line: 0\n  ...\n1..1\n",
  },
  {
    format: "pytest-reportlog",
    what: "a crash on a line before the first",
    bytes: [
      '{"pytest_version":"9.0.1","$report_type":"SessionStart"}',
      '{"nodeid":"a.py::t","location":["a.py",-7,"t"],"outcome":"failed","longrepr":{"reprcrash":{"path":"/w/a.py","lineno":-62135596800000,"message":"no"}},"when":"call","duration":0.1,"$report_type":"TestReport"}',
      '{"exitstatus":1,"$report_type":"SessionFinish"}',
      "",
    ].join("\n"),
  },
  {
    format: "rspec",
    what: "an example on a line before the first",
    bytes:
      '{"version":"3.13.0","examples":[{"description":"a","full_description":"A a","status":"passed","file_path":"./a.rb","line_number":-1,"run_time":0.1}],"summary":{"duration":0.1,"example_count":1,"failure_count":0,"pending_count":0,"errors_outside_of_examples_count":0}}',
  },
  {
    format: "criterion",
    what: "a long line of spaces, which took seconds",
    bytes: `fib${" ".repeat(40_000)}x\nfib  time:   [1.0 ns 1.1 ns 1.2 ns]\n`,
  },
  { format: "jmeter-xml", what: "a sample as the root", bytes: '<sample t="1" lb="a"><sample t="1" lb="b"/></sample>' },
];
