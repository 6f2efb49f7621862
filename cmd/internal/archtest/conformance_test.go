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

// promises are the tables of what holds and of the tests that show it, with the number
// of their lines.
var promises = map[string]int{
	"docs/conformance-client.md": 97, "docs/conformance-server.md": 44, "docs/identity.md": 15, "docs/promises.md": 9,
}

var (
	promiseForm = regexp.MustCompile(`^\| (\d+) \| (.+) \| (.+) \|$`)
	proofForm   = regexp.MustCompile("`([a-z0-9/]+)\\.(Test[A-Za-z0-9_]+|Fuzz[A-Za-z0-9_]+|Benchmark[A-Za-z0-9_]+)(?:/([^`]+))?`")
)

// A line that no test of ours can show, or that does not hold yet, says why.
const (
	notHere = "Not tested here: "
	notYet  = "Not kept yet: "
)

// TestEachPromiseHasATestThatExists reads the tables as people do: a line that names a
// test which was renamed or removed promises what nobody checks.
func TestEachPromiseHasATestThatExists(t *testing.T) {
	tests := testNames(t)
	for table, lines := range promises {
		t.Run(table, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(root, table))
			if err != nil {
				t.Fatal(err)
			}
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
				checkProofs(t, tests, cells[1], cells[3])
			}
			if next != lines+1 {
				t.Errorf("the table has %d lines of %d", next-1, lines)
			}
		})
	}
}

// checkProofs sees that a line names tests that exist, or says why it names none.
func checkProofs(t *testing.T, tests map[string]bool, line, proof string) {
	t.Helper()
	if reason := strings.TrimPrefix(strings.TrimPrefix(proof, notHere), notYet); reason != proof && len(reason) >= 20 {
		return
	}
	proofs := proofForm.FindAllStringSubmatch(proof, -1)
	if len(proofs) == 0 {
		t.Errorf("line %s names no test and no reason", line)
	}
	for _, p := range proofs {
		pkg, name, sub := p[1], p[2], p[3]
		if !tests[pkg+"."+name] {
			t.Errorf("line %s: %s has no %s", line, pkg, name)
		}
		if sub != "" && !tests[pkg+"."+name+"/"+sub] {
			t.Errorf("line %s: %s of %s has no case %q", line, name, pkg, sub)
		}
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
