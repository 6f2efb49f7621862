package metrics

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// sections are the headings of the document, by the first series below each.
var sections = map[id]string{
	buildInfo:     "The daemon",
	sources:       "Sources",
	fetches:       "Polls and what they bring",
	dbUp:          "The store",
	outputEntries: "Outputs",
	requests:      "Readers' requests",
	deliveries:    "Hubs",
}

const introduction = `# Metrics

What ` + "`/metrics`" + ` on the admin listener and on the control socket tells, for Prometheus and whatever reads its text format. This page is written by a
test from the program's own list (` + "`make golden`" + `). How to have it read, alerts and a dashboard are in [guide/monitor.md](guide/monitor.md).

Times are in seconds, sizes in bytes, timestamps in seconds since 1970. Counters begin at 0 with each start. Labels take their values from the program and
the configuration alone: neither an address nor anything that a publisher or a reader sends is in any of them. Beside these there are the series of
the Go runtime (` + "`go_…`" + `) and of the process (` + "`process_…`" + `), in the usual names.

With more than 1000 sources the series labelled by ` + "`source`" + ` are left out, and ` + "`sluice_source_series_dropped`" + ` is 1; ` + "`sluice_sources`" + ` and
` + "`sluice_sources_stale`" + ` stay.
`

func TestTheDocumentTellsEverySeries(t *testing.T) {
	var b strings.Builder
	b.WriteString(introduction)
	for i, s := range catalog {
		if title, ok := sections[id(i)]; ok {
			fmt.Fprintf(&b, "\n## %s\n\n| name | type | labels | what it says |\n|---|---|---|---|\n", title)
		}
		of := "–"
		if len(s.labels) > 0 {
			of = "`" + strings.Join(s.labels, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.name, s.kind, of, s.help)
	}
	golden(t, "../../../docs/metrics.md", b.String())
}

func TestNamesAndHelpAreInTheFormThatIsUsual(t *testing.T) {
	seen := map[string]bool{}
	for i, s := range catalog {
		if s.name == "" || seen[s.name] {
			t.Errorf("line %d: %q is missing or twice", i, s.name)
		}
		seen[s.name] = true
		if !regexp.MustCompile(`^sluice_[a-z]+(_[a-z0-9]+)*$`).MatchString(s.name) {
			t.Errorf("%s: not in the form of names", s.name)
		}
		if total := strings.HasSuffix(s.name, "_total"); total != (s.kind == counter) {
			t.Errorf("%s: a counter, and nothing else, ends in _total", s.name)
		}
		if (s.kind == histogram) != (len(s.buckets) > 0) || s.kind == histogram && !strings.HasSuffix(s.name, "_seconds") {
			t.Errorf("%s: a histogram has buckets, in seconds", s.name)
		}
		if !strings.HasSuffix(s.help, ".") || strings.ContainsAny(s.help, "|\n") {
			t.Errorf("%s: help is %q, not sentences on one line", s.name, s.help)
		}
	}
}
