package attack_test

import (
	"os"
	"strings"
	"testing"
)

// TestTheOracleFindsFaults is the control of all attacks that are judged by it: what they
// must not find is made by hand.
func TestTheOracleFindsFaults(t *testing.T) {
	g := newGrown(t)
	tests := map[string]struct {
		make func(t *testing.T, o *oracle, path string)
		want string
	}{
		"nothing": {func(*testing.T, *oracle, string) {}, ""},
		"an article that was acknowledged and is not there": {func(_ *testing.T, o *oracle, _ string) {
			o.hears(`{"msg":"polled","source":"s1","outcome":"changed","new":1}` + "\n")
		}, "s1-33 was acknowledged"},
		"an article under another id": {func(_ *testing.T, o *oracle, _ string) {
			o.ids["s2-1"] = "urn:example:other"
		}, "s2-1 was urn:example:other"},
		"a store that is gone": {func(t *testing.T, _ *oracle, path string) {
			t.Helper()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, "the store is gone"},
		"a page that is another": {func(t *testing.T, _ *oracle, path string) {
			t.Helper()
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			at := strings.Index(string(content), "s3 32")
			if at < 0 {
				t.Fatal("the store has no s3 32")
			}
			for ; at >= 0; at = strings.Index(string(content), "s3 32") {
				content[at] = 'x'
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "verify: status"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			copyFile(t, g.path, store(dir))
			o := g.clone()
			tt.make(t, o, store(dir))
			faults := strings.Join(o.faults(t, g.configure(t, dir, store(dir)), store(dir)), "\n")
			if (faults == "") != (tt.want == "") || !strings.Contains(faults, tt.want) {
				t.Errorf("found %q, want %q", faults, tt.want)
			}
		})
	}
}
