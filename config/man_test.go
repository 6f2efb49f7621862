package config_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluice/config"

	"github.com/google/go-cmp/cmp"
)

// TestTheManualDescribesEveryKey compares the items of sluice-config(5) with the keys
// that are read, in both directions. Keys that only hold others need no item.
func TestTheManualDescribesEveryKey(t *testing.T) {
	data, err := os.ReadFile("../docs/man/sluice-config.5")
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]string{
		"SERVER": "server.", "STORAGE": "storage.", "INGEST": "ingest.", "SOURCES": "sources[].", "OUTPUTS": "outputs[].", "LISTS OF SOURCES": "",
	}
	var got []string
	for _, section := range strings.Split(string(data), "\n.Sh ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		for _, item := range regexp.MustCompile(`(?m)^\.It Ic (.*)$`).FindAllStringSubmatch(text, -1) {
			lead, known := place[name]
			if !known {
				t.Errorf("section %s describes a key: %s", name, item[1])
			}
			for key := range strings.SplitSeq(item[1], " , ") {
				got = append(got, lead+key)
			}
		}
	}
	keys := config.Reference()
	var want []string
	for _, key := range keys {
		holds := func(other string) bool {
			return strings.HasPrefix(other, key+".") || strings.HasPrefix(other, key+"[]")
		}
		if !slices.ContainsFunc(keys, holds) {
			want = append(want, key)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("the manual (-), the program (+):\n%s", diff)
	}
}
