package parse_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each fixture is named for what is special in it, and lies beside what must
// be read out of it.
func TestFixturesReadAsTheyShould(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range fixtures {
		if info, err := os.Stat(name); err != nil || info.IsDir() || strings.HasSuffix(name, ".golden.json") {
			continue
		}
		found++
		t.Run(filepath.Base(name), func(t *testing.T) {
			doc, err := parseAt(readFile(t, name), "https://example.org/blog/feed.xml")
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range doc.Articles {
				checkArticle(t, a)
			}
			got := dump(t, doc)
			golden := name + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(readFile(t, golden)), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if found == 0 {
		t.Fatal("no fixtures")
	}
}

// dump writes a value as JSON without what is empty.
func dump(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(prune(tree)); err != nil {
		t.Fatal(err)
	}
	return []byte(out.String())
}

// prune removes empty members, and those that are the same in every article.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			pruned := prune(value)
			if pruned == nil || key == "Sanitizer" || key == "Source" {
				delete(v, key)
				continue
			}
			v[key] = pruned
		}
		return v
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}
