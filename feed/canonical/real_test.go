package canonical_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/feed/canonical"
)

// TestRealPairsOfAddresses runs the labelled pairs of real publishers: S is one
// page, D are two. None of the latter may be joined.
func TestRealPairsOfAddresses(t *testing.T) {
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	table, err := os.ReadFile(filepath.Join(dir, "dedup", "url_pairs.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	same, found, different, merged := 0, 0, 0, 0
	for line := range strings.Lines(string(table)) {
		row := strings.Split(strings.TrimSpace(line), "\t")
		one, ok1 := canonical.URL(row[1])
		two, ok2 := canonical.URL(row[2])
		joined := ok1 && ok2 && one == two
		switch row[0] {
		case "D":
			different++
			if joined {
				merged++
				t.Errorf("%s: %s and %s are both %s", row[3], row[1], row[2], one)
			}
		case "S":
			same++
			if joined {
				found++
			} else {
				t.Logf("missed (%s): %s is %s, %s is %s", row[3], row[1], one, row[2], two)
			}
		}
	}
	t.Logf("pairs of addresses: %d of %d of one page found, %d of %d of two pages merged", found, same, merged, different)
	if different == 0 || found*100 < same*96 {
		t.Errorf("found %d of %d pairs; want at least 96 in 100", found, same)
	}
}
