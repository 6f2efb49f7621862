package metrics

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/storage"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

var update = flag.Bool("update", false, "rewrite golden files and documents")

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// fixture is metrics with the sets of a small program.
func fixture() *Metrics {
	return New(Options{
		Version: "1.0", Commit: "abc", Handlers: []string{"feed", "page"}, Deliveries: []string{"accepted"}, TurnedAway: []string{"idle"}, Pings: []string{"ok"},
	})
}

// census counts the sources.
func census(at time.Time, states []feed.SourceState) *Census {
	c := NewCensus(at)
	for i := range states {
		c.Add(&states[i])
	}
	return c
}

// full is a snapshot in which all is known.
func full() *Snapshot {
	return &Snapshot{
		At: noon, Ready: true, Reload: Reload{OK: true, Done: noon.Add(-time.Hour)},
		Load:  ingest.Load{Running: 3, Waiting: 5, Workers: 64},
		Store: Store{Up: true, Usage: &storage.Usage{Articles: 7, Bytes: 1 << 20, Free: 4096}, Backup: noon.Add(-24 * time.Hour)},
		Sources: census(noon, []feed.SourceState{
			{Source: "fresh", Status: feed.StatusNew},
			{
				Source: "good", Status: feed.StatusOK, Interval: time.Hour, LastAttempt: noon.Add(-time.Minute), LastSuccess: noon.Add(-time.Minute),
				LastNew: noon.Add(-time.Hour), NextPoll: noon.Add(59 * time.Minute), Told: feed.Told{Silent: noon.Add(-time.Hour)},
			},
			{
				Source: "bad", Status: feed.StatusFailing, Interval: time.Hour, LastAttempt: noon.Add(-2 * time.Minute), LastSuccess: noon.Add(-25 * time.Hour),
				FailingSince: noon.Add(-24 * time.Hour), Failures: 4, NextPoll: noon.Add(-time.Minute),
			},
			{Source: "ended", Status: feed.StatusGone, Interval: time.Hour, LastAttempt: noon.Add(-time.Hour), NextPoll: noon.Add(-time.Hour), Failures: 1},
			{Source: "off", Status: feed.StatusDisabled, NextPoll: noon.Add(-48 * time.Hour)},
		}),
		Outputs: []Output{
			{Name: "all", Built: true, Entries: 5, Changed: noon.Add(-time.Hour), Requests: 10, NotModified: 8, Bytes: 1000, Subscribers: map[string]int{"Feedly": 3, "other": 1}},
			{Name: "unbuilt"},
		},
		Connections: []Connections{{Listener: "public", Idle: 40, Busy: 2, Max: 256}, {Listener: "control"}},
	}
}

// text is what a scrape gets, without what the runtime and the system say.
func text(t *testing.T, m *Metrics, snap *Snapshot) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b, snap); err != nil {
		t.Fatal(err)
	}
	var ours []string
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, "sluice_") {
			ours = append(ours, line)
		}
	}
	return strings.Join(ours, "")
}

func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
}

// hasNot refuses lines that begin so.
func hasNot(t *testing.T, text string, beginnings ...string) {
	t.Helper()
	for _, begin := range beginnings {
		if i := strings.Index("\n"+text, "\n"+begin); i >= 0 {
			t.Errorf("there is a line %.60q", text[i:])
		}
	}
}

// TestNamesTypesAndLabelsAreWhatIsPromised makes a change of what operators query visible.
func TestNamesTypesAndLabelsAreWhatIsPromised(t *testing.T) {
	m := fixture()
	m.Filtered("all", 1)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text(t, m, full())))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, name := range slices.Sorted(maps.Keys(families)) {
		labels := map[string]bool{}
		for _, metric := range families[name].GetMetric() {
			for _, l := range metric.GetLabel() {
				labels[l.GetName()] = true
			}
		}
		fmt.Fprintf(&got, "%s %s {%s}\n", name, strings.ToLower(families[name].GetType().String()), strings.Join(slices.Sorted(maps.Keys(labels)), ", "))
	}
	golden(t, "testdata/series.txt", got.String())
	for _, s := range catalog {
		if f := families[s.name]; f == nil || f.GetHelp() != s.help || strings.ToLower(f.GetType().String()) != string(s.kind) {
			t.Errorf("%s is not told as it is documented", s.name)
		}
	}
}

// golden compares a text with a file, and writes it with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not what it would be now; run make golden and read the difference:\n%s", file, got)
	}
}

func TestASourceHasTheSeriesOfItsState(t *testing.T) {
	got := text(t, fixture(), full())
	has(t, got,
		`sluice_sources{state="new"} 1`, `sluice_sources{state="ok"} 1`, `sluice_sources{state="failing"} 1`,
		`sluice_sources{state="gone"} 1`, `sluice_sources{state="disabled"} 1`,
		`sluice_source_up{source="good"} 1`, `sluice_source_up{source="bad"} 0`,
		`sluice_source_consecutive_failures{source="bad"} 4`, `sluice_source_interval_seconds{source="good"} 3600`,
		`sluice_source_last_success_timestamp_seconds{source="good"} 1.77763674e+09`,
		`sluice_source_failing_since_timestamp_seconds{source="bad"} 1.7775504e+09`,
		`sluice_sources_silent 1`, `sluice_http_connections{listener="public",state="busy"} 2`, `sluice_http_connections_max{listener="public"} 256`,
		`sluice_sources_stale 1`, `sluice_poll_overdue_seconds 60`, `sluice_source_series_dropped 0`,
	)
	for _, name := range []string{"fresh", "ended", "off"} {
		hasNot(t, got, `sluice_source_up{source="`+name+`"}`, `sluice_source_next_poll_timestamp_seconds{source="`+name+`"}`)
	}
	hasNot(t, got, `sluice_http_connections_max{listener="control"}`)
	hasNot(t, got, `sluice_source_last_success_timestamp_seconds{source="ended"}`, `sluice_source_failing_since_timestamp_seconds{source="good"}`)
}

func TestBeyondAThousandSourcesNoneHasSeriesOfItsOwn(t *testing.T) {
	for n, dropped := range map[int]bool{maxSources: false, maxSources + 1: true} {
		snap := full()
		states := snap.Sources.each[1:3]
		for i := len(states); i < n; i++ {
			st := states[0]
			st.Source = feed.SourceID(fmt.Sprintf("more-%d", i))
			states = append(states, st)
		}
		snap.Sources = census(noon, states)
		got := text(t, fixture(), snap)
		has(t, got, fmt.Sprintf(`sluice_sources{state="ok"} %d`, n-1), `sluice_sources_stale 1`, fmt.Sprintf(`sluice_source_series_dropped %v`, truth(dropped)))
		if strings.Contains(got, `source="`) == dropped {
			t.Errorf("%d sources: series by source are there: %v", n, !dropped)
		}
	}
}

func TestWhatTheStoreDoesNotTellIsLeftOut(t *testing.T) {
	snap := full()
	snap.Store, snap.Sources = Store{}, nil
	got := text(t, fixture(), snap)
	has(t, got, `sluice_db_up 0`, `sluice_ready 1`, `sluice_last_backup_success_timestamp_seconds 0`)
	hasNot(t, got, "sluice_sources", "sluice_source_", "sluice_db_size", "sluice_articles ", "sluice_poll_overdue")
}

func TestPollsAreCountedFromTheirReports(t *testing.T) {
	m := fixture()
	polled := ingest.Report{
		Source: "a", Outcome: ingest.Changed, Result: ingest.ResultOK, Status: 200, Bytes: 500, Received: 100, Saved: 40, Merged: storage.Merged{New: 3, Updated: 1, Duplicates: 2},
		Warnings: map[string]int{"date-ignored": 2, "a stranger's": 1}, Due: noon, Began: noon.Add(2 * time.Second), Asked: time.Second, Took: 2 * time.Second,
	}
	m.Polled(polled)
	shared := polled
	shared.Asked, shared.Received, shared.Saved, shared.Due, shared.Merged, shared.Warnings = 0, 0, 0, time.Time{}, storage.Merged{}, nil
	m.Polled(shared)
	shared.Outcome, shared.Result, shared.Bytes = ingest.Failed, ingest.ResultHTTPError, 0
	m.Polled(shared)
	m.Polled(ingest.Report{Outcome: ingest.NotDue})
	m.Polled(ingest.Report{Outcome: ingest.Changed, Pushed: true, Bytes: 70, Merged: storage.Merged{New: 1}})
	m.Polled(ingest.Report{Outcome: ingest.Failed, Result: ingest.ResultStopped})
	m.Polled(ingest.Report{Outcome: ingest.Failed, Result: "invented"})
	got := text(t, m, full())
	has(t, got,
		`sluice_fetches_total{result="ok"} 2`, `sluice_fetches_total{result="stopped"} 1`, `sluice_fetches_total{result="timeout"} 0`, `sluice_fetches_shared_total 2`,
		`sluice_fetch_bytes_total 100`, `sluice_fetch_saved_bytes_total 40`, `sluice_fetch_document_bytes_total 1000`, `sluice_fetch_duration_seconds_count 1`, `sluice_fetch_duration_seconds_sum 1`,
		`sluice_poll_lag_seconds_count 1`, `sluice_poll_lag_seconds_sum 2`, `sluice_parse_warnings_total{kind="date-ignored"} 2`,
		`sluice_articles_stored_total 4`, `sluice_articles_updated_total 1`, `sluice_articles_duplicate_total 2`,
	)
	if strings.Contains(got, "stranger") || strings.Contains(got, "invented") {
		t.Error("a word that is of no set has a series")
	}
}

func TestAnswersTransactionsAndHubsAreCounted(t *testing.T) {
	m := fixture()
	m.Answered("feed", 200, 100, time.Millisecond)
	m.Answered("feed", 304, 0, time.Millisecond)
	m.Answered("feed", 503, 10, time.Millisecond)
	m.Answered("a stranger's", 200, 100, time.Millisecond)
	m.Answered("page", 99999, 0, time.Millisecond)
	m.Transaction(OpWrite, time.Millisecond, true)
	m.Transaction(OpRead, time.Millisecond, false)
	m.Transaction("invented", time.Millisecond, true)
	m.Built(time.Second, true)
	m.Built(time.Second, false)
	m.Delivered("accepted")
	m.Delivered("invented")
	m.Pinged("ok")
	m.Turned("idle")
	m.Turned("invented")
	m.Filtered("all", 3)
	m.Filtered("left", 3)
	m.Removed(2, 5)
	m.Unconfigured("left")
	got := text(t, m, full())
	has(t, got,
		`sluice_http_requests_total{code="200",handler="feed"} 1`, `sluice_http_requests_total{code="304",handler="feed"} 1`, `sluice_http_requests_total{code="503",handler="feed"} 1`,
		`sluice_http_not_modified_total{handler="feed"} 1`, `sluice_http_response_bytes_total{handler="feed"} 110`, `sluice_http_request_duration_seconds_count{handler="feed"} 3`,
		`sluice_db_tx_duration_seconds_count{op="write"} 1`, `sluice_db_errors_total{op="write"} 1`, `sluice_db_errors_total{op="read"} 0`,
		`sluice_output_builds_total{result="ok"} 1`, `sluice_output_builds_total{result="failed"} 1`, `sluice_output_build_duration_seconds_count 2`,
		`sluice_websub_deliveries_total{result="accepted"} 1`, `sluice_websub_pings_total{result="ok"} 1`, `sluice_http_turned_away_total{reason="idle"} 1`, `sluice_articles_removed_total{reason="old"} 2`, `sluice_articles_removed_total{reason="surplus"} 5`, `sluice_articles_filtered_total{output="all"} 3`,
	)
	for _, never := range []string{"stranger", "invented", `"left"`} {
		if strings.Contains(got, never) {
			t.Errorf("%s has a series", never)
		}
	}
}

func TestAnOutputTellsWhoReadsItOnceThatIsKnown(t *testing.T) {
	got := text(t, fixture(), full())
	has(t, got,
		`sluice_output_entries{output="all"} 5`, `sluice_output_requests_total{output="all"} 10`, `sluice_output_not_modified_total{output="all"} 8`,
		`sluice_output_subscribers{family="Feedly",output="all"} 3`, `sluice_output_requests_total{output="unbuilt"} 0`,
	)
	hasNot(t, got, `sluice_output_entries{output="unbuilt"}`, `sluice_output_changed_timestamp_seconds{output="unbuilt"}`)
}

// BenchmarkScrape is what a scrape costs beside reading the states.
func BenchmarkScrape(b *testing.B) {
	for _, n := range []int{100, maxSources, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m, snap := fixture(), full()
			states := snap.Sources.each
			for i := len(states); i < n; i++ {
				st := states[1]
				st.Source = feed.SourceID(fmt.Sprintf("source-%d", i))
				states = append(states, st)
			}
			snap.Sources = census(noon, states)
			var w bytes.Buffer
			for b.Loop() {
				w.Reset()
				if err := m.Write(&w, snap); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(w.Len()), "bytes")
		})
	}
}

// TestCountingAnAnswerAllocatesNothing holds that no series is looked up by labels then.
func TestCountingAnAnswerAllocatesNothing(t *testing.T) {
	m := fixture()
	if n := testing.AllocsPerRun(100, func() { m.Answered("feed", 304, 0, time.Millisecond) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
