package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is one Go file of the tree that is not a test.
type source struct {
	name  string // from the module's root, with slashes
	pkg   string // its folder
	lines int
	file  *ast.File
	test  bool
}

// sources reads the tree itself instead of running "go list", so that go
// test's cache sees the files and reruns a test when one changes.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, source{
			name: rel, pkg: path.Dir(rel), file: file,
			lines: strings.Count(string(text), "\n"), test: strings.HasSuffix(rel, "_test.go"),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("found %d Go files below %s: the root is somewhere else", len(all), root)
	}
	return all
}

// shipped leaves the tests out.
func shipped(t *testing.T) []source {
	t.Helper()
	return slices.DeleteFunc(sources(t), func(s source) bool { return s.test })
}

func TestImportDirection(t *testing.T) {
	for _, s := range shipped(t) {
		if _, known := allowed[s.pkg]; !known && !slices.Contains(wiring, s.pkg) {
			t.Errorf("%s: %s has no line in the import table", s.name, s.pkg)
		}
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			checkImport(t, s.name, s.pkg, imported)
		}
	}
}

func checkImport(t *testing.T, name, pkg, imported string) {
	t.Helper()
	for dep, may := range users {
		if (imported == dep || strings.HasPrefix(imported, dep+"/")) && !slices.Contains(may, pkg) {
			t.Errorf("%s imports %s; only %v may", name, imported, may)
		}
	}
	if slices.Contains(wiring, pkg) {
		return
	}
	may, known := allowed[pkg]
	ours, isOurs := strings.CutPrefix(imported, module+"/")
	if known && isOurs && !slices.Contains(may, ours) {
		t.Errorf("%s imports %s; the table allows only %v", name, ours, may)
	}
}

func TestTablesNameOnlyPackagesThatExist(t *testing.T) {
	there := map[string]bool{}
	for _, s := range sources(t) {
		there[s.pkg] = true
	}
	named := slices.Clone(wiring)
	for pkg, may := range allowed {
		named = append(append(named, pkg), may...)
	}
	for _, may := range users {
		named = append(named, may...)
	}
	for _, may := range callers {
		named = append(named, may...)
	}
	slices.Sort(named)
	for _, pkg := range slices.Compact(named) {
		if !there[pkg] {
			t.Errorf("a table names %s, which does not exist", pkg)
		}
	}
}

// TestCallers also holds for what an import table cannot see: a package may
// need net for its types and must still not open a connection.
func TestCallers(t *testing.T) {
	for _, s := range shipped(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			used := from.Name + "." + selector.Sel.Name
			for pattern, may := range callers {
				prefix, open := strings.CutSuffix(pattern, "*")
				if (used == pattern || open && strings.HasPrefix(used, prefix)) && !slices.Contains(may, s.pkg) {
					t.Errorf("%s uses %s; only %v may", s.name, used, may)
				}
			}
			return true
		})
	}
}

func TestNoFileIsLongerThan400Lines(t *testing.T) {
	for _, s := range shipped(t) {
		if s.lines > 400 {
			t.Errorf("%s has %d lines", s.name, s.lines)
		}
	}
}

func TestNoInitFunctions(t *testing.T) {
	for _, s := range shipped(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function; make it a parameter or a plain call", s.name)
			}
		}
	}
}

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		said[s.pkg] = said[s.pkg] || s.file.Doc != nil && len(s.file.Doc.Text()) > 60
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment that says what it owns", pkg)
		}
	}
}

func TestRootHoldsOnlyWhatBelongsThere(t *testing.T) {
	ignored, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if slices.Contains(atRoot, entry.Name()) {
			continue
		}
		isIgnored := slices.ContainsFunc(strings.Fields(string(ignored)), func(pattern string) bool {
			match, err := path.Match(strings.Trim(pattern, "/"), entry.Name())
			return err == nil && match
		})
		if !isIgnored {
			t.Errorf("%s stands in the root folder and is not listed", entry.Name())
		}
	}
}

// unguarded are the goroutines that do not begin with "defer crash.End()", by the function
// that starts them, with why they need not.
var unguarded = map[string]string{
	"feed/crash.End":       "it is what ends the process",
	"cmd/internal/app.Run": "waits and closes, and panics with nothing",
}

// TestNoGoroutineCrashesWithAValue: a panic in a goroutine ends the process, and the runtime
// shows its value, in which a secret may be.
func TestNoGoroutineCrashesWithAValue(t *testing.T) {
	guarded := map[string]bool{} // functions that begin so, as PACKAGE.NAME
	for _, s := range shipped(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil && beginsGuarded(f.Body) {
				guarded[s.pkg+"."+f.Name.Name] = true
			}
		}
	}
	checked := 0
	for _, s := range shipped(t) {
		if strings.HasSuffix(s.pkg, "test") || s.pkg == "cmd/internal/farm" || s.pkg == "cmd/internal/testsum" {
			continue // which only tests import
		}
		for _, decl := range s.file.Decls {
			in, ok := decl.(*ast.FuncDecl)
			if !ok || in.Body == nil {
				continue
			}
			ast.Inspect(in.Body, func(n ast.Node) bool {
				fun := started(n)
				if fun == nil {
					return true
				}
				checked++
				name := ""
				switch f := fun.(type) {
				case *ast.FuncLit:
					if beginsGuarded(f.Body) {
						return true
					}
				case *ast.SelectorExpr:
					name = s.pkg + "." + f.Sel.Name
				case *ast.Ident:
					name = s.pkg + "." + f.Name
				}
				if !guarded[name] && unguarded[s.pkg+"."+in.Name.Name] == "" {
					t.Errorf("%s: a goroutine of %s does not begin with \"defer crash.End()\"", s.name, in.Name.Name)
				}
				return true
			})
		}
	}
	if checked < 15 {
		t.Errorf("only %d goroutines were found", checked)
	}
}

// started is the function that a statement or a call starts as a goroutine; nil: none.
func started(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.GoStmt:
		return n.Call.Fun
	case *ast.CallExpr:
		if of, ok := n.Fun.(*ast.SelectorExpr); ok && of.Sel.Name == "Go" && len(n.Args) == 1 {
			return n.Args[0]
		}
	}
	return nil
}

// beginsGuarded reports whether a function's first statement is "defer crash.End()".
func beginsGuarded(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	d, ok := body.List[0].(*ast.DeferStmt)
	if !ok {
		return false
	}
	of, ok := d.Call.Fun.(*ast.SelectorExpr)
	if !ok || of.Sel.Name != "End" {
		return false
	}
	from, ok := of.X.(*ast.Ident)
	return ok && from.Name == "crash"
}
