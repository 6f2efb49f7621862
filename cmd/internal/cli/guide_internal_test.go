package cli

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluice/config"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// root is the folder of the project.
const root = "../../.."

// guide returns the pages of the operator's guide by name.
func guide(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "docs/guide/*.md"))
	if err != nil || len(names) < 4 {
		t.Fatalf("%d pages: %v", len(names), err)
	}
	pages := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(name)] = string(text)
	}
	return pages
}

// block is a code block of a page, without the indentation that a list gives it.
type block struct {
	language, text string
	line           int
}

func blocksOf(page string) (all []block) {
	var b *block
	indent := ""
	for i, line := range strings.Split(page, "\n") {
		fence := strings.TrimLeft(line, " ")
		switch {
		case b == nil && strings.HasPrefix(fence, "```"):
			b, indent = &block{language: strings.TrimPrefix(fence, "```"), line: i + 1}, line[:len(line)-len(fence)]
		case b == nil && strings.HasPrefix(line, "    ") && fence != "":
			command, _, _ := strings.Cut(fence, "  ") // what follows says what it does
			all = append(all, block{"sh", command + "\n", i + 1})
		case b != nil && fence == "```":
			all, b = append(all, *b), nil
		case b != nil:
			b.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	return all
}

var (
	// inline is code within a line.
	inline = regexp.MustCompile("`([^`\n]+)`")
	// called is a call of the program at the beginning of a command, behind a prompt, or
	// another program that runs it.
	called = regexp.MustCompile(`^(?:\$ |# )?(?:sudo (?:-u sluice )?)?(?:exec )?(?:/usr/bin/|\./)?sluice( .*)?$`)
	// joint parts commands.
	joint = regexp.MustCompile(`\s*(?:\|\|?|&&|;|\$\(|>>?\s*\S+|<\S*|\s#\s.*$)\s*`)
)

// callsOf are the calls of the program in a page: the words behind its name.
func callsOf(page string) (calls [][]string) {
	var lines []string
	for _, b := range blocksOf(page) {
		switch b.language {
		case "sh", "console", "ini":
			lines = append(lines, strings.Split(b.text, "\n")...)
		}
	}
	for _, m := range inline.FindAllStringSubmatch(page, -1) {
		lines = append(lines, m[1])
	}
	for _, line := range lines {
		line = strings.TrimPrefix(strings.TrimSpace(line), "ExecStart=")
		line = strings.TrimPrefix(line, "/bin/sh -c '")
		for _, part := range joint.Split(line, -1) {
			if m := called.FindStringSubmatch(strings.TrimSpace(part)); m != nil {
				calls = append(calls, strings.Fields(strings.NewReplacer("'", " ", `"`, " ", ")", " ").Replace(m[1])))
			}
		}
	}
	return calls
}

// TestTheGuideNamesCommandsThatThereAre parses each call in the guide as the program would.
func TestTheGuideNamesCommandsThatThereAre(t *testing.T) {
	found := 0
	for name, page := range guide(t) {
		for _, args := range callsOf(page) {
			if len(args) == 0 {
				continue // the program by its name alone
			}
			found++
			var cmds commands
			var out bytes.Buffer
			parser, err := kong.New(&cmds, kong.Name("sluice"), kong.Writers(&out, &out), kong.Vars{"version": ""}, kong.Exit(func(int) {}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = parser.Parse(args)
			// What stands in the text may leave out arguments; what it says must be known.
			if err != nil && !strings.Contains(err.Error(), "expected \"<") && !strings.Contains(err.Error(), "missing") {
				t.Errorf("%s: sluice %s: %v", name, strings.Join(args, " "), err)
			}
		}
	}
	if found < 40 {
		t.Errorf("%d calls found: this test does not see them", found)
	}
}

// TestTheGuideShowsConfigurationsThatAreRight reads each as sluice check would.
func TestTheGuideShowsConfigurationsThatAreRight(t *testing.T) {
	found := 0
	for name, page := range guide(t) {
		for _, b := range blocksOf(page) {
			if b.language != "yaml" {
				continue
			}
			found++
			dir := t.TempDir()
			file := filepath.Join(dir, "config.yaml")
			list := `<opml version="2.0"><body><outline text="Harbour"><outline text="a" xmlUrl="https://a.example/feed.xml"/></outline></body></opml>`
			for name, text := range map[string]string{file: b.text, filepath.Join(dir, "subscriptions.opml"): list} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(dir)
			cfg, err := config.Load(file)
			if err != nil {
				t.Errorf("%s:%d: %v", name, b.line, err)
				continue
			}
			for _, w := range cfg.Warnings {
				if !strings.Contains(w.String(), "there are none") { // a page shows what it is about
					t.Errorf("%s:%d: %s", name, b.line, w)
				}
			}
		}
	}
	if found < 4 {
		t.Errorf("%d configurations found", found)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)
	message = regexp.MustCompile("(?m)^\\| ((?:`[^`]+`(?:, )?)+) \\| ")
)

func TestTheGuideLinksWhatThereIs(t *testing.T) {
	for name, page := range guide(t) {
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, "docs/guide", m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if index := guide(t)["README.md"]; name != "README.md" && !strings.Contains(index, "]("+name+")") {
			t.Errorf("README.md does not name %s", name)
		}
	}
}

// TestTheGuideExplainsLinesThatAreLogged looks for each message in the code.
func TestTheGuideExplainsLinesThatAreLogged(t *testing.T) {
	_, table, ok := strings.Cut(guide(t)["operate.md"], "| message | means |")
	table, _, _ = strings.Cut(table, "\n\n")
	if !ok || !strings.Contains(table, "`polled`") {
		t.Fatal("there is no table of messages")
	}
	var code strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		code.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range message.FindAllStringSubmatch(table, -1) {
		for _, m := range inline.FindAllStringSubmatch(row[1], -1) {
			if !strings.Contains(code.String(), `"`+m[1]) {
				t.Errorf("nothing logs %q", m[1])
			}
		}
	}
}

// TestTheGuideHasASectionForEachAlert holds the runbook against the rules for Prometheus.
func TestTheGuideHasASectionForEachAlert(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "packaging/prometheus/sluice.rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	rules, book := string(text), guide(t)["runbook.md"]
	all := func(form, text string) (found []string) {
		for _, m := range regexp.MustCompile(form).FindAllStringSubmatch(text, -1) {
			found = append(found, strings.ToLower(m[1]))
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	if diff := cmp.Diff(all(`(?m)runbook: docs/guide/runbook\.md#(\S+)`, rules), all(`(?m)^## (.+)$`, book)); diff != "" {
		t.Errorf("what the rules lead to (-), sections (+):\n%s", diff)
	}
	for _, alert := range all(`(?m)^\s*- alert: *(\S+)`, rules) {
		if !strings.Contains(strings.ToLower(book), alert) {
			t.Errorf("%s is not in the runbook", alert)
		}
	}
}

// TestTheGuideNamesMetricsThatThereAre looks for each in the list of all.
func TestTheGuideNamesMetricsThatThereAre(t *testing.T) {
	list, err := os.ReadFile(filepath.Join(root, "docs/metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range guide(t) {
		for _, m := range regexp.MustCompile(`\bsluice_[a-z_]*[a-z]\b`).FindAllString(page, -1) {
			if !strings.Contains(string(list), m) {
				t.Errorf("%s names %s", name, m)
			}
		}
	}
}
