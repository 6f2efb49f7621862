package attack_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheProgramSaysOfWhichModulesItIsMade compares what it says with go.sum: whoever has
// the program alone can tell whether a module of his list of weaknesses is in it.
func TestTheProgramSaysOfWhichModulesItIsMade(t *testing.T) {
	said := do(t, program, "version", "--json")
	var version struct {
		Dependencies []struct{ Module, Version, Sum string }
	}
	if err := json.Unmarshal([]byte(said.out), &version); err != nil || len(version.Dependencies) < 20 {
		t.Fatalf("%v: %s", err, said)
	}
	sums, err := os.ReadFile(filepath.Join("..", "..", "..", "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range version.Dependencies {
		if line := d.Module + " " + d.Version + " " + d.Sum + "\n"; d.Sum == "" || !strings.Contains(string(sums), line) {
			t.Errorf("go.sum has no line %s", line)
		}
		if strings.HasPrefix(d.Module, "github.com/chromedp/") || d.Module == "pgregory.net/rapid" {
			t.Errorf("%s is there for tests, and in the program", d.Module)
		}
	}
}
