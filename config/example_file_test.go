package config_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sluice/config"

	"github.com/google/go-cmp/cmp"
)

const example = "../config.example.yaml"

func TestTheExampleLoadsWithoutAWord(t *testing.T) {
	c, err := config.Load(example)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %v", c.Warnings)
	}
	if len(c.Sources) < 2 || len(c.Outputs) < 2 {
		t.Errorf("got %d sources and %d outputs", len(c.Sources), len(c.Outputs))
	}
}

func TestTheExampleShowsEveryKey(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range config.Reference() {
		key := path[strings.LastIndexByte(path, '.')+1:]
		if !regexp.MustCompile(`(?m)^[ #]*(- )?(\w+: )?\{?(.*[{,] ?)?` + key + `:`).Match(data) {
			t.Errorf("%s is not shown", path)
		}
	}
}

// TestWhatIsCommentedOutInTheExampleIsRight takes the marks off the keys that
// are comments: they must load, and change nothing but by what they add.
func TestWhatIsCommentedOutInTheExampleIsRight(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	before, err := config.Parse(example, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	full := regexp.MustCompile(`(?m)^( *)# ( *(?:- )?[a-z_0-9]+:(?: .*)?)$`).ReplaceAllString(string(data), "$1$2")
	after, err := config.Parse(example, []byte(full), func(name string) (string, bool) { return "x", name == "INTRANET_PASSWORD" })
	if err != nil {
		t.Fatalf("%v\n%s", err, full)
	}
	want := []string{"source intranet: added", "output all: sources: changed", "output health: sources: changed", "output world: added"}
	if diff := cmp.Diff(config.Diff(before, after), want); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
}

func TestReferenceListsEveryKeyOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, path := range config.Reference() {
		if seen[path] {
			t.Errorf("%s is there twice", path)
		}
		seen[path] = true
	}
	for _, path := range []string{
		"server.tls.cert", "storage.retention.max_age", "ingest.per_host.spacing", "sources[].auth.bearer", "sources_opml", "outputs[].hubs",
	} {
		if !seen[path] {
			t.Errorf("%s is missing", path)
		}
	}
}
