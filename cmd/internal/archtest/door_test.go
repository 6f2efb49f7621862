package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// doors are what leads out of a process, by package: types, with all their methods,
// functions and variables; a trailing * stands for the rest of the name. Who holds a
// connection that another made opens nothing.
var doors = map[string][]string{
	"net": {
		"Dial*", "Resolver", "DefaultResolver", "Lookup*", "Resolve*", // a look-up asks somebody, too
		"FileConn", "FilePacketConn", "ListenPacket", "ListenConfig.ListenPacket", "ListenUDP", "ListenIP", "ListenUnixgram", "ListenMulticastUDP", // these send to anybody
	},
	"net/http":                   {"Client", "ClientConn", "Transport", "RoundTripper", "DefaultClient", "DefaultTransport", "Get", "Head", "Post*", "ProxyFromEnvironment"},
	"net/http/httputil":          {"ReverseProxy", "NewSingleHostReverseProxy", "ClientConn", "NewClientConn", "NewProxyClientConn"},
	"net/rpc":                    {"Dial*"},
	"net/rpc/jsonrpc":            {"Dial"},
	"net/smtp":                   {"*"},
	"net/textproto":              {"Dial"},
	"crypto/tls":                 {"Dial*"},
	"log/syslog":                 {"*"},
	"os":                         {"StartProcess"},
	"os/exec":                    {"*"},
	"plugin":                     {"*"},
	"syscall":                    {"Connect", "Socket", "Sendto", "Sendmsg*", "Syscall*", "RawSyscall*", "ForkExec", "StartProcess", "Exec"},
	"golang.org/x/sys/unix":      {"Connect", "Socket", "Sendto", "Sendmsg*", "Syscall*", "RawSyscall*", "IoctlSet*"},
	"golang.org/x/net/proxy":     {"*"},
	"golang.org/x/net/http2":     {"Transport", "ClientConn"},
	"golang.org/x/net/websocket": {"*"},
	"github.com/mmcdole/gofeed":  {"Parser.ParseURL*"},
	"github.com/coreos/go-systemd/v22/daemon": {"SdNotify*"},
}

// keys are the declarations that open doors, as PACKAGE.NAME, with the reason of each. One
// of them alone leads to strangers, and it stands behind the guard.
var keys = map[string]string{
	"ingest/fetch.lookup":           "the resolver that the dialler asks; nil in the program",
	"ingest/fetch.*guard.dial":      "THE door: the guard is asked about each address",
	"ingest/fetch.route":            "holds the transport that goes through it",
	"ingest/fetch.*Client.newRoute": "makes that transport, and dials the proxy that the operator chose",
	"ingest/fetch.*exchange.step":   "sends a GET by it",
	"ingest/fetch.*exchange.post":   "sends a form by it",
	"ingest/fetch.*Client.Close":    "closes its idle connections",
	"ingest/fetch.isOffline":        "has the system look for a route to addresses for documentation; nothing is sent",

	"cmd/internal/control.Client":        "asks the daemon over its unix socket",
	"cmd/internal/control.Dial":          "the same",
	"cmd/internal/control.*Client.ask":   "the same",
	"cmd/internal/control.*Client.Ready": "the same",
	"cmd/internal/control.dial":          "makes that connection: the only network is unix",

	"cmd/internal/systemd.*Manager.Tell": "tells the service manager by its socket, a datagram; the network is unix",
	"cmd/internal/systemd.Ready":         "a word that it is told; nothing is sent",
	"cmd/internal/systemd.Stopping":      "the same",
	"cmd/internal/systemd.Alive":         "the same",
	"cmd/internal/systemd.Reloading":     "the same",
}

// carriers are the foreign packages in the program that could open a door, with why
// that is none of ours. What they do not import they cannot open.
var carriers = map[string]string{
	"github.com/andybalholm/brotli":               "answers of a server in brotli, which we do not use",
	"github.com/coreos/go-systemd/v22/activation": "sockets that systemd hands over",
	"github.com/coreos/go-systemd/v22/daemon":     "the service manager's unix socket",
	"github.com/prometheus/common/expfmt":         "names of headers",
	"github.com/prometheus/procfs":                "types of addresses in /proc",
	"github.com/schollz/progressbar/v3":           "a server of its own and readers of answers, which we do not use",
	"golang.org/x/net/http/httpguts":              "the syntax of headers",
}

// opening is a use of a door.
type opening struct {
	in   string // the declaration, as PACKAGE.NAME
	what string // as PACKAGE.NAME
	at   string
}

func (o opening) String() string { return fmt.Sprintf("%s: %s uses %s", o.at, o.in, o.what) }

// listed is a package as "go list" tells of it.
type listed struct {
	ImportPath, Dir, Export            string
	GoFiles, CgoFiles, SFiles, Imports []string
	Standard                           bool
}

// listPackages returns the packages of the tree and all that they import, compiled.
func listPackages(t *testing.T, patterns ...string) map[string]listed {
	t.Helper()
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,CgoFiles,SFiles,Imports,Standard"}, patterns...)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, said.String())
	}
	all := map[string]listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

// compiled imports packages as the compiler left them.
func compiled(fset *token.FileSet, all map[string]listed) types.Importer {
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(all[path].Export)
	})
}

// openings finds the uses of doors in the files of a package. They are found by what a
// name means and not by how it is written: under other names of the import, without one,
// as a value, in a type, by a method of what somebody else made.
func openings(fset *token.FileSet, imp types.Importer, pkg string, files []*ast.File) ([]opening, error) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	if _, err := (&types.Config{Importer: imp}).Check(pkg, fset, files, info); err != nil {
		return nil, err
	}
	var found []opening
	for _, file := range files {
		for _, group := range file.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "//go:linkname ") {
					found = append(found, opening{pkg + ".comment", "go:linkname", fset.Position(c.Pos()).String()})
				}
			}
		}
		for _, decl := range file.Decls {
			for name, node := range declared(decl) {
				ast.Inspect(node, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						if what := door(info.Uses[id]); what != "" {
							found = append(found, opening{pkg + "." + name, what, fset.Position(id.Pos()).String()})
						}
					}
					return true
				})
			}
		}
	}
	return found, nil
}

// declared are the parts of a declaration by their names.
func declared(decl ast.Decl) map[string]ast.Node {
	parts := map[string]ast.Node{}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			name = strings.SplitN(types.ExprString(d.Recv.List[0].Type), "[", 2)[0] + "." + name
		}
		parts[name] = d
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				parts[s.Name.Name] = s
			case *ast.ValueSpec:
				parts[s.Names[0].Name] = s
			}
		}
	}
	return parts
}

// door returns the name of a door, and nothing for any other object.
func door(obj types.Object) string {
	if obj == nil || obj.Pkg() == nil {
		return ""
	}
	path, names := obj.Pkg().Path(), []string{obj.Name()}
	switch f := obj.(type) {
	case *types.Func:
		if recv := f.Signature().Recv(); recv != nil {
			of := recv.Type()
			if p, ok := of.(*types.Pointer); ok {
				of = p.Elem()
			}
			named, ok := of.(*types.Named)
			if !ok {
				return ""
			}
			names = []string{named.Obj().Name(), named.Obj().Name() + "." + obj.Name()}
		}
	case *types.Var:
		if f.IsField() {
			return "" // whoever has the struct was seen already
		}
	case *types.PkgName:
		return ""
	}
	for _, pattern := range doors[path] {
		prefix, open := strings.CutSuffix(pattern, "*")
		for _, name := range names {
			if name == pattern || open && strings.HasPrefix(name, prefix) {
				return path + "." + names[len(names)-1]
			}
		}
	}
	return ""
}

// TestOneDoorLeadsOut finds all that opens connections, looks up names or runs programs in
// what is shipped, and holds it against the table of those that may.
func TestOneDoorLeadsOut(t *testing.T) {
	all := listPackages(t, "./cmd/sluice")
	fset := token.NewFileSet()
	imp := compiled(fset, all)
	used := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		p := all[path]
		pkg, ours := strings.CutPrefix(path, module+"/")
		if !ours {
			continue
		}
		if len(p.CgoFiles)+len(p.SFiles) > 0 {
			t.Errorf("%s has files in C or assembly, in which no door can be seen", pkg)
		}
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		found, err := openings(fset, imp, pkg, files)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range found {
			if used[o.in] = true; keys[o.in] == "" {
				t.Errorf("%v: requests to others go through ingest/fetch", o)
			}
		}
	}
	for in := range keys {
		if !used[in] {
			t.Errorf("the table lets %s open a door, and it opens none", in)
		}
	}
}

// TestForeignPackagesThatCouldOpenADoorAreKnown holds the imports of foreign packages in
// the program against the table of those that need one of the packages with doors.
func TestForeignPackagesThatCouldOpenADoorAreKnown(t *testing.T) {
	all := listPackages(t, "./cmd/sluice")
	seen := map[string]bool{}
	for path, p := range all {
		if p.Standard || strings.HasPrefix(path, module+"/") {
			continue
		}
		for _, imported := range p.Imports {
			if _, has := doors[imported]; !has || imported == "os" || imported == "syscall" || imported == "golang.org/x/sys/unix" {
				continue // which libraries need for files and terminals
			}
			if seen[path] = true; carriers[path] == "" {
				t.Errorf("%s imports %s; say in the table what for, or do without it", path, imported)
			}
		}
	}
	for path := range carriers {
		if !seen[path] {
			t.Errorf("the table names %s, which could open no door", path)
		}
	}
}

// TestADoorIsFoundHoweverItIsWritten is the control: each of these lines in a package of
// ours has to be found.
func TestADoorIsFoundHoweverItIsWritten(t *testing.T) {
	all := listPackages(t, "github.com/mmcdole/gofeed", "net", "net/http", "net/smtp", "net/rpc", "net/http/httputil", "log/syslog", "crypto/tls", "os/exec")
	fset := token.NewFileSet()
	imp := compiled(fset, all)
	for _, line := range [][2]string{
		{`import "net/http"; var c http.Client`, "net/http.Client"},
		{`import "net/http"; func f() { new(http.Client).CloseIdleConnections() }`, "net/http.Client"},
		{`import "net/http"; func f() { _ = &http.Transport{} }`, "net/http.Transport"},
		{`import "net/http"; type t struct{ *http.Transport }`, "net/http.Transport"},
		{`import "net/http"; type t = http.Client`, "net/http.Client"},
		{`import "net/http"; func f(r http.RoundTripper, q *http.Request) { _, _ = r.RoundTrip(q) }`, "net/http.RoundTripper"},
		{`import "net/http"; func f() { _, _ = http.Get("http://10.0.0.1/") }`, "net/http.Get"},
		{`import "net/http"; func f() { _, _ = http.DefaultClient.Get("http://10.0.0.1/") }`, "net/http.DefaultClient"},
		{`import h "net/http"; func f() { _, _ = h.Post("http://10.0.0.1/", "", nil) }`, "net/http.Post"},
		{`import . "net/http"; func f() { _, _ = Head("http://10.0.0.1/") }`, "net/http.Head"},
		{`import "net/http"; var get = http.Get`, "net/http.Get"},
		{`import "net"; func f() { _, _ = net.Dial("tcp", "10.0.0.1:80") }`, "net.Dial"},
		{`import "net"; func f() { _, _ = net.DialTCP("tcp", nil, nil) }`, "net.DialTCP"},
		{`import n "net"; var dial = n.DialTimeout`, "net.DialTimeout"},
		{`import "net"; func f() { var d net.Dialer; _, _ = d.Dial("tcp", "") }`, "net.Dialer"},
		{`import "net"; func f() { _, _ = (&net.Resolver{}).LookupHost(nil, "x") }`, "net.Resolver"},
		{`import "net"; func f() { _, _ = net.LookupHost("x") }`, "net.LookupHost"},
		{`import "net"; func f() { _, _ = net.ResolveTCPAddr("tcp", "x:1") }`, "net.ResolveTCPAddr"},
		{`import "net"; func f() { _, _ = net.ListenPacket("udp", "") }`, "net.ListenPacket"},
		{`import "net"; func f(l net.ListenConfig) { _, _ = l.ListenPacket(nil, "udp", "") }`, "net.ListenConfig.ListenPacket"},
		{`import "crypto/tls"; func f() { _, _ = tls.Dial("tcp", "x:1", nil) }`, "crypto/tls.Dial"},
		{`import "crypto/tls"; func f() { _ = tls.Dialer{} }`, "crypto/tls.Dialer"},
		{`import "net/http/httputil"; var p httputil.ReverseProxy`, "net/http/httputil.ReverseProxy"},
		{`import "net/smtp"; func f() { _, _ = smtp.Dial("x:25") }`, "net/smtp.Dial"},
		{`import "net/rpc"; func f() { _, _ = rpc.DialHTTP("tcp", "x:1") }`, "net/rpc.DialHTTP"},
		{`import "log/syslog"; func f() { _, _ = syslog.New(0, "") }`, "log/syslog.New"},
		{`import "syscall"; func f() { _ = syscall.Connect(3, nil) }`, "syscall.Connect"},
		{`import "os/exec"; func f() { _ = exec.Command("curl").Run() }`, "os/exec.Command"},
		{`import "github.com/mmcdole/gofeed"; func f() { _, _ = gofeed.NewParser().ParseURL("http://10.0.0.1/") }`, "github.com/mmcdole/gofeed.Parser.ParseURL"},
		{"import _ \"unsafe\"\n//go:linkname dial net.Dial\nfunc dial(network, address string)", "go:linkname"},
		{`import ("net"; "net/http"; "net/netip"); var s http.Server; var a netip.Addr; func f(c net.Conn) { _, _, _ = net.SplitHostPort(c.RemoteAddr().String()) }`, ""},
	} {
		text, want := line[0], line[1]
		file, err := parser.ParseFile(fset, "x.go", "package x; "+text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		found, err := openings(fset, imp, "x", []*ast.File{file})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if want == "" && len(found) == 0 {
			continue
		}
		if !slices.ContainsFunc(found, func(o opening) bool { return o.what == want }) {
			t.Errorf("%s: found %v, want %q", text, found, want)
		}
	}
}
