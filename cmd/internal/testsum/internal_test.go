package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines is a stream as go test -json writes it: a package that passes with one
// skipped test, one that fails, and one that does not build.
const lines = `{"Action":"start","Package":"p/a"}
{"Action":"run","Package":"p/a","Test":"TestQuiet"}
{"Action":"output","Package":"p/a","Test":"TestQuiet","Output":"    a_test.go:5: chatter\n"}
{"Action":"pass","Package":"p/a","Test":"TestQuiet"}
{"Action":"output","Package":"p/a","Test":"TestReal","Output":"=== RUN   TestReal\n"}
{"Action":"output","Package":"p/a","Test":"TestReal","Output":"    a_test.go:9: set CORPUS: it has the feeds\n"}
{"Action":"output","Package":"p/a","Test":"TestReal","Output":"--- SKIP: TestReal (0.00s)\n"}
{"Action":"skip","Package":"p/a","Test":"TestReal"}
{"Action":"output","Package":"p/a","Output":"PASS\n"}
{"Action":"output","Package":"p/a","Output":"ok  \tp/a\t0.1s\n"}
{"Action":"pass","Package":"p/a"}
{"Action":"output","Package":"p/b","Test":"TestBad","Output":"    b_test.go:3: got 1, want 2\n"}
{"Action":"fail","Package":"p/b","Test":"TestBad"}
{"Action":"output","Package":"p/b","Output":"FAIL\tp/b\t0.1s\n"}
{"Action":"fail","Package":"p/b"}
{"ImportPath":"p/c","Action":"build-output","Output":"c.go:1: undefined: x\n"}
go: something else
`

func TestFailuresComeFirstSkipsAreNamedAndVerdictsCloseTheOutput(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(lines), &out); err != nil {
		t.Fatal(err)
	}
	want := `    b_test.go:3: got 1, want 2
c.go:1: undefined: x
go: something else
skipped: 1
  p/a TestReal: set CORPUS: it has the feeds
ok  	p/a	0.1s
FAIL	p/b	0.1s
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
