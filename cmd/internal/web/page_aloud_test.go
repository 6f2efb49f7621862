package web_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// spoken is the page as a screen reader is told of it, an element a line: its role, of a
// heading the level, and its name.
func (b *tab) spoken() (list []string) {
	b.t.Helper()
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	text := func(v *accessibility.Value) string {
		if v == nil || len(v.Value) == 0 {
			return ""
		}
		var s any
		if err := json.Unmarshal(v.Value, &s); err != nil {
			b.t.Fatal(err)
		}
		if s, ok := s.(string); ok {
			return s
		}
		return string(v.Value)
	}
	for _, node := range tree.Nodes {
		if node.Ignored {
			continue
		}
		line := text(node.Role)
		for _, p := range node.Properties {
			if p.Name == "level" {
				line += " " + text(p.Value)
			}
		}
		list = append(list, line+": "+text(node.Name))
	}
	return list
}

// kinds counts lines by their beginning, up to the name.
func kinds(lines []string) map[string]int {
	counts := map[string]int{}
	for _, line := range lines {
		kind, _, _ := strings.Cut(line, ":")
		counts[kind]++
	}
	return counts
}

func readAloud(t *testing.T, output, index *tab) {
	t.Helper()
	said := output.spoken()
	for _, want := range []string{
		"RootWebArea: World news", "banner: ", "navigation: Subscribe", "main: ", "navigation: Pages", "contentinfo: ", "heading 1: World news",
		"link: Skip to the entries", "link: All feeds", "link: Atom", "link: RSS", "link: JSON", "link: Older",
	} {
		if !slices.Contains(said, want) {
			t.Errorf("nobody is told of %q in\n%s", want, strings.Join(said, "\n"))
		}
	}
	for kind, want := range map[string]int{
		"banner": 1, "main": 1, "contentinfo": 1, "navigation": 2, "heading 1": 1, "heading 2": 50, "heading 3": 0, "article": 50,
	} {
		if got := kinds(said)[kind]; got != want {
			t.Errorf("%d times %s, want %d", got, kind, want)
		}
	}
	for _, line := range slices.Concat(said, index.spoken()) {
		if role, name, _ := strings.Cut(line, ":"); (role == "link" || strings.HasPrefix(role, "heading")) && strings.TrimSpace(name) == "" {
			t.Errorf("a %s has no name", role)
		}
	}
	said = index.spoken()
	for _, want := range []string{"heading 1: Feeds", "heading 2: World news", "heading 2: bare", "group: Formats of World news", "list: ", "banner: ", "main: ", "contentinfo: "} {
		if !slices.Contains(said, want) {
			t.Errorf("the list says nothing of %q in\n%s", want, strings.Join(said, "\n"))
		}
	}
}
