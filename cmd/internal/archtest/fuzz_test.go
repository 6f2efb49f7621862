package archtest

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEachFuzzTargetIsBoundAndListed wants of each fuzz target that it says what an input
// may cost, and a line in TESTING.md that says what it promises; and of each line there a
// target.
func TestEachFuzzTargetIsBoundAndListed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "TESTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9/]+\\.Fuzz\\w+)` \\|").FindAllStringSubmatch(string(text), -1) {
		listed[m[1]] = true
	}
	found := 0
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			target, ok := d.(*ast.FuncDecl)
			if !ok || !s.test || target.Recv != nil || !strings.HasPrefix(target.Name.Name, "Fuzz") {
				continue
			}
			found++
			if !uses(target, "fuzztest", "Within") {
				t.Errorf("%s: %s does not say what an input may cost; see feed/fuzztest", s.name, target.Name.Name)
			}
			if name := s.pkg + "." + target.Name.Name; !listed[name] {
				t.Errorf("TESTING.md has no line of %s", name)
			} else {
				delete(listed, name)
			}
		}
	}
	for name := range listed {
		t.Errorf("TESTING.md has a line of %s, which there is not", name)
	}
	if found == 0 {
		t.Error("no fuzz targets were found")
	}
}

// uses reports whether a function names something of a package.
func uses(f *ast.FuncDecl, pkg, name string) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			from, ok := s.X.(*ast.Ident)
			found = found || ok && from.Name == pkg
		}
		return !found
	})
	return found
}
