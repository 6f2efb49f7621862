package archtest

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// conformance is the table of what a publisher sees of us, and of the tests
// that show it.
const conformance = "docs/conformance-client.md"

// promises is how many lines the table has.
const promises = 97

var (
	promiseForm = regexp.MustCompile(`^\| (\d+) \| (.+) \| (.+) \|$`)
	proofForm   = regexp.MustCompile("`([a-z0-9/]+)\\.(Test[A-Za-z0-9_]+|Fuzz[A-Za-z0-9_]+|Benchmark[A-Za-z0-9_]+)(?:/([^`]+))?`")
)

// A line that no test of ours can show, or that does not hold yet, says why.
const (
	notHere = "Not tested here: "
	notYet  = "Not kept yet: "
)

// TestEachPromiseToPublishersHasATestThatExists reads the table as people do: a
// line that names a test which was renamed or removed promises what nobody checks.
func TestEachPromiseToPublishersHasATestThatExists(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, conformance))
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	next := 1
	for line := range strings.Lines(string(text)) {
		cells := promiseForm.FindStringSubmatch(strings.TrimSpace(line))
		if cells == nil {
			continue
		}
		if cells[1] != strconv.Itoa(next) {
			t.Errorf("line %s stands where %d belongs", cells[1], next)
		}
		next++
		if strings.HasPrefix(cells[3], notHere) || strings.HasPrefix(cells[3], notYet) {
			continue
		}
		proofs := proofForm.FindAllStringSubmatch(cells[3], -1)
		if len(proofs) == 0 {
			t.Errorf("line %s names no test and no reason", cells[1])
		}
		for _, p := range proofs {
			pkg, name, sub := p[1], p[2], p[3]
			if !tests[pkg+"."+name] {
				t.Errorf("line %s: %s has no %s", cells[1], pkg, name)
			}
			if sub != "" && !tests[pkg+"/"+sub] {
				t.Errorf("line %s: no test of %s has a case %q", cells[1], pkg, sub)
			}
		}
	}
	if next != promises+1 {
		t.Errorf("the table has %d lines of %d", next-1, promises)
	}
}

// testNames returns the tests of each package, as PACKAGE.NAME, and the texts in
// them, which are their cases' names, as PACKAGE/TEXT.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil {
					names[s.pkg+"."+n.Name.Name] = true
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					names[s.pkg+"/"+text] = true
				}
			}
			return true
		})
	}
	return names
}
