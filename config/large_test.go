package config

import (
	"strings"
	"testing"

	"sluice/config/configtest"
)

// TestTheSocketIsFoundInALargeFileWithoutReadingIt compares what Control finds in the
// blocks alone with what it finds in the whole.
func TestTheSocketIsFoundInALargeFileWithoutReadingIt(t *testing.T) {
	many := string(configtest.Many{Sources: 5_000}.YAML())
	cases := map[string]struct {
		head, tail, want string
		read             bool
	}{
		"by default":                          {"", "", "sluice.db.sock", false},
		"before the sources":                  {"server: {control: /run/s.sock}\n", "", "/run/s.sock", false},
		"behind the sources":                  {"", "storage:\n  path: /var/x.db\n", "/var/x.db.sock", false},
		"with an anchor from another block":   {"ingest:\n  user_agent: &a /run/a.sock\nserver:\n  control: *a\n", "", "/run/a.sock", true},
		"in a file that is no YAML elsewhere": {"storage: {path: /var/y.db}\n", "outputs: [\n", "/var/y.db.sock", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text := c.head + many + c.tail
			if len(text) < largeFile {
				t.Fatalf("%d bytes are no large file", len(text))
			}
			f := newFile("config.yaml", []byte(text), nil)
			got, err := f.Control()
			if err != nil || got.Reveal() != c.want {
				t.Errorf("got %q, %v, want %q", got.Reveal(), err, c.want)
			}
			if f.read != c.read {
				t.Errorf("the whole file was read: %v, want %v", f.read, c.read)
			}
		})
	}
	t.Run("a fault in it is told as that of the whole file is", func(t *testing.T) {
		text := "server: {control: [no path]}\n" + many
		_, err := newFile("config.yaml", []byte(text), nil).Control()
		if err == nil || !strings.Contains(err.Error(), "config.yaml:1:19: server.control") {
			t.Errorf("got %v", err)
		}
	})
}
