package cli

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

const manual = "../../../docs/man/sluice.1"

// TestTheManualNamesEveryCommandWithItsFlags compares the items of the manual's list of
// commands with the command line, in both directions.
func TestTheManualNamesEveryCommandWithItsFlags(t *testing.T) {
	parser, err := kong.New(&commands{}, kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, leaf := range parser.Model.Leaves(true) {
		name, _, _ := strings.Cut(strings.TrimPrefix(leaf.Path(), "sluice "), " <")
		want[name] = flagNames(leaf.Flags)
	}
	got := map[string]string{}
	for _, item := range section(t, "COMMANDS") {
		words := regexp.MustCompile(`^((?: [a-z]+)+)`).FindString(strings.TrimPrefix(item, ".It Ic"))
		flags := regexp.MustCompile(`Fl Fl ([a-z-]+)`).FindAllStringSubmatch(item, -1)
		var names []string
		for _, f := range flags {
			names = append(names, "--"+f[1])
		}
		slices.Sort(names)
		got[strings.TrimSpace(words)] = strings.Join(names, " ")
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("docs/man/sluice.1, COMMANDS: the manual (-), the program (+):\n%s", diff)
	}
}

// TestTheManualNamesEveryFlagOfAllCommands looks at the flags that stand with any command.
func TestTheManualNamesEveryFlagOfAllCommands(t *testing.T) {
	parser, err := kong.New(&commands{}, kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(section(t, "DESCRIPTION"), "\n")
	for _, f := range parser.Model.Flags {
		if !regexp.MustCompile(`\bFl ` + f.Name + `\b`).MatchString(text) {
			t.Errorf("docs/man/sluice.1 has no item of --%s", f.Name)
		}
	}
}

// TestTheManualNamesEveryExitStatus has the manual tell of what this package ends with.
func TestTheManualNamesEveryExitStatus(t *testing.T) {
	want := map[string]bool{}
	for _, code := range []int{exitOK, exitPartial, exitUsage, exitNoInput, exitNoDaemon, exitIO, exitTryLater, exitNoPerm, exitConfig} {
		want[".It "+strconv.Itoa(code)] = true
	}
	got := map[string]bool{}
	for _, item := range section(t, "EXIT STATUS") {
		got[item] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("docs/man/sluice.1, EXIT STATUS: the manual (-), the program (+):\n%s", cmp.Diff(got, want))
	}
}

// section returns the items of a section of the manual.
func section(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(data), "\n.Sh "+name+"\n")
	if !found {
		t.Fatalf("%s has no section %s", manual, name)
	}
	text, _, _ = strings.Cut(text, "\n.Sh ")
	return regexp.MustCompile(`(?m)^\.It .*$`).FindAllString(text, -1)
}

func flagNames(flags []*kong.Flag) string {
	var names []string
	for _, f := range flags {
		names = append(names, "--"+f.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
