package archtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mostForeign is how many modules of strangers the program may need directly. Those of
// the Go project itself (golang.org/x) are counted apart: who trusts the compiler trusts them.
const mostForeign = 15

var (
	requireForm = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // without "// indirect" behind it
	reasonForm  = regexp.MustCompile(`^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)
	versionEnd  = regexp.MustCompile(`/v[0-9]+$`)
)

// TestEachDependencyHasItsReason holds go.mod against the table of ARCHITECTURE.md.
func TestEachDependencyHasItsReason(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, m := range requireForm.FindAllStringSubmatch(string(text), -1) {
		required = append(required, m[1])
	}
	forTests := map[string]bool{}
	said := map[string]bool{}
	for _, line := range dependencyLines(t) {
		for name := range strings.SplitSeq(line[0], ", ") {
			said[name], forTests[name] = true, strings.HasPrefix(line[1], "tests only: ")
		}
	}
	used := shippedImports(t)
	foreign, known := 0, map[string]bool{}
	for _, module := range required {
		name := short(module)
		known[name] = true
		ships := slices.ContainsFunc(used, func(imported string) bool { return imported == module || strings.HasPrefix(imported, module+"/") })
		switch {
		case !said[name]:
			t.Errorf("%s has no line in the table of dependencies (as %s)", module, name)
		case ships == forTests[name]:
			t.Errorf("%s: the program imports it: %v; the table says that tests alone do: %v", module, ships, forTests[name])
		}
		if ships && !strings.HasPrefix(module, "golang.org/x/") {
			foreign++
		}
	}
	for name := range said {
		if !known[name] {
			t.Errorf("the table of dependencies names %s, which go.mod does not require directly", name)
		}
	}
	if foreign > mostForeign || len(required) < 10 {
		t.Errorf("%d of %d modules are of strangers and in the program; want %d at most", foreign, len(required), mostForeign)
	}
}

// short is a module as the table names it: without the forge and the major version.
func short(module string) string {
	name := strings.TrimPrefix(versionEnd.ReplaceAllString(module, ""), "github.com/")
	if strings.HasPrefix(module, "go.yaml.in/") {
		return module // where v3 is another library
	}
	return strings.TrimPrefix(name, "golang.org/")
}

// dependencyLines are the modules and their reasons.
func dependencyLines(t *testing.T) (lines [][2]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "\n## Dependencies\n")
	if !ok {
		t.Fatal("ARCHITECTURE.md has no table of dependencies")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	for line := range strings.Lines(table) {
		cells := reasonForm.FindStringSubmatch(strings.TrimSpace(line))
		if cells == nil || cells[1] == "module" {
			continue
		}
		names := strings.ReplaceAll(cells[1], "golang.org/", "")
		lines = append(lines, [2]string{names, cells[2]})
	}
	return lines
}

// shippedImports is all that the program imports.
func shippedImports(t *testing.T) (all []string) {
	t.Helper()
	for _, s := range shipped(t) {
		if strings.HasSuffix(s.pkg, "test") || s.pkg == "cmd/internal/farm" {
			continue // which only tests import
		}
		for _, spec := range s.file.Imports {
			all = append(all, strings.Trim(spec.Path.Value, `"`))
		}
	}
	return all
}

// TestWhatWasNotCheckedForVulnerabilitiesDoesNotPass runs the script with a tool that
// ends as govulncheck may.
func TestWhatWasNotCheckedForVulnerabilitiesDoesNotPass(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	const skipped = "skipped: database unreachable"
	for name, tc := range map[string]struct {
		says   string
		status int
		want   int
		skips  bool
	}{
		"nothing is found":           {"No vulnerabilities found.", 0, 0, false},
		"the database has no host":   {`govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/modules.json.gz": dial tcp: lookup vuln.go.dev: no such host`, 1, 0, true},
		"the tool cannot be had":     {`go: golang.org/x/vuln@v1.9.0: Get "https://proxy.example/x": dial tcp: i/o timeout`, 1, 0, true},
		"something is found":         {"Vulnerability #1: GO-2026-0001", 3, 3, false},
		"the program does not build": {"govulncheck: loading packages: undefined: x", 1, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			tool := filepath.Join(t.TempDir(), "go")
			script := fmt.Sprintf("#!/bin/sh\ncat <<'END'\n%s\nEND\nexit %d\n", tc.says, tc.status)
			if err := os.WriteFile(tool, []byte(script), 0o700); err != nil { //nolint:gosec // it is run
				t.Fatal(err)
			}
			cmd := exec.Command(bash, filepath.Join(root, "packaging", "vuln.sh"))
			cmd.Env = append(os.Environ(), "GO="+tool, "GOVULNCHECK=x@v1")
			out, _ := cmd.CombinedOutput() // its status is looked at below
			if got := cmd.ProcessState.ExitCode(); got != tc.want || strings.Contains(string(out), skipped) != tc.skips || !strings.Contains(string(out), tc.says) {
				t.Errorf("status %d\n%s", got, out)
			}
		})
	}
}
