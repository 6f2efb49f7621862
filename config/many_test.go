package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/config"
)

// manyRules writes a configuration of n outputs, each with a rule and a pattern of its own.
func manyRules(tb testing.TB, n int) (path string) {
	tb.Helper()
	var b strings.Builder
	b.WriteString("sources: [{name: a, url: \"https://a.example/\"}]\noutputs:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {name: o%d, keep: '!title.matches(\"(?i)word%[1]d|other%[1]d\") && !(\"c%[1]d\" in categories)'}\n", i)
	}
	path = filepath.Join(tb.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// BenchmarkLoadOfManyRules says what a rule costs where there are few and many.
func BenchmarkLoadOfManyRules(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := manyRules(b, n)
			for b.Loop() {
				if _, err := config.Load(path); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/rule")
		})
	}
}

// TestARuleCostsTheSameAmongManyOthers loads few and many rules beside each other, so that
// what else the machine does befalls both, and compares the best of each.
func TestARuleCostsTheSameAmongManyOthers(t *testing.T) {
	const few, many = 1000, 10_000
	best := map[int]time.Duration{few: time.Hour, many: time.Hour}
	paths := map[int]string{few: manyRules(t, few), many: manyRules(t, many)}
	ratio := 0.0
	for range 4 { // a machine that is busy gets further tries
		for _, n := range []int{few, many, few} {
			began := time.Now()
			c, err := config.Load(paths[n])
			if err != nil || len(c.Outputs) != n {
				t.Fatalf("%d outputs: %v", n, err)
			}
			best[n] = min(best[n], time.Since(began)/time.Duration(n))
		}
		if ratio = float64(best[many]) / float64(best[few]); ratio <= 2 {
			return
		}
	}
	t.Errorf("a rule among %d costs %.1f times as much as one among %d", many, ratio, few)
}
