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
		if reason := strings.TrimPrefix(strings.TrimPrefix(cells[3], notHere), notYet); reason != cells[3] && len(reason) >= 20 {
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
			if sub != "" && !tests[pkg+"."+name+"/"+sub] {
				t.Errorf("line %s: %s of %s has no case %q", cells[1], name, pkg, sub)
			}
		}
	}
	if next != promises+1 {
		t.Errorf("the table has %d lines of %d", next-1, promises)
	}
}

// testNames returns the tests of each package, as PACKAGE.NAME, and the texts in
// them, which are their cases' names, as PACKAGE.NAME/TEXT.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv != nil {
				continue
			}
			name := s.pkg + "." + f.Name.Name
			names[name] = true
			ast.Inspect(f, func(n ast.Node) bool {
				if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
					if text, err := strconv.Unquote(text.Value); err == nil {
						names[name+"/"+text] = true
					}
				}
				return true
			})
		}
	}
	return names
}
