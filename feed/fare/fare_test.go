package fare_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/fare"
	"sluice/ingest"
	"sluice/ingest/schedule"
)

var now = time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC)

// faults are all of feed's.
var faults = []feed.Fault{
	feed.FaultHTTP, feed.FaultChallenge, feed.FaultNoHost, feed.FaultNetwork, feed.FaultInterrupted, feed.FaultTimeout, feed.FaultCertificate,
	feed.FaultRedirect, feed.FaultTooLarge, feed.FaultNotFeed, feed.FaultParse, feed.FaultBlocked, feed.FaultFile, feed.FaultStore,
}

func TestTheGuideNamesEveryWord(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guide/status.md")
	if err != nil {
		t.Fatal(err)
	}
	words := ingest.WarningKinds()
	for _, kind := range fare.Kinds() {
		words = append(words, string(kind))
	}
	for _, fault := range faults {
		words = append(words, string(fault))
	}
	for _, why := range schedule.Reasons() {
		words = append(words, string(why))
	}
	for _, word := range append(words, "own network", "busy host") {
		if !strings.Contains(string(guide), "`"+word+"`") {
			t.Errorf("it says nothing of %q", word)
		}
	}
}

func TestEachReasonIsSaidInASentence(t *testing.T) {
	for _, why := range append(schedule.Reasons(), "own network", "busy host") {
		st := feed.SourceState{Status: feed.StatusOK, Reason: string(why), Failures: 3, Throttled: now, NextPoll: now.Add(time.Hour)}
		said := fare.Why(&st, now)
		if said == string(why) || len(said) < 10 {
			t.Errorf("%s: %q", why, said)
		}
		if got, want := fare.NextAndWhy(&st, now), "in 60 minutes, because "+said; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for status, want := range map[feed.Status]string{feed.StatusGone: "never", feed.StatusDisabled: "never", feed.StatusNew: "now"} {
		if got := fare.NextAndWhy(&feed.SourceState{Status: status}, now); got != want {
			t.Errorf("%s: %q, want %q", status, got, want)
		}
	}
}

func TestEachRepairIsSaidInWords(t *testing.T) {
	for _, kind := range ingest.WarningKinds() {
		for _, n := range []int{1, 1234} {
			if said := fare.Warning(kind, n); strings.Contains(said, kind) || strings.HasPrefix(said, "1 ") {
				t.Errorf("%s %d: %q", kind, n, said)
			}
		}
	}
	if got := fare.Warning("unheard-of", 3); got != "3 unheard-of" {
		t.Errorf("of one that is not known is said %q", got)
	}
}

func TestEachFailureIsSaidInWords(t *testing.T) {
	type told struct{ Matter, Means, Advice string }
	seen := map[told]feed.Fault{}
	for _, fault := range faults {
		st := feed.SourceState{
			Source: "a", Status: feed.StatusFailing, Fault: fault, Code: 500, Error: "fetch a.example: answered 500 X; later", Failures: 12,
			FailingSince: now.Add(-72 * time.Hour), Articles: 1,
		}
		a := fare.Tell(&st, now)
		if !strings.HasSuffix(a.Matter, ", at 12 polls in a row since 24 November, 12:00 UTC (3 days).") || strings.Contains(a.Matter, ";") ||
			a.Means == "" || !strings.Contains(a.Does, "Its 1 article stays published.") || !strings.Contains(a.Advice, `"sluice enable a"`) {
			t.Errorf("%s: %+v", fault, a)
		}
		if other, ok := seen[told{a.Matter, a.Means, a.Advice}]; ok {
			t.Errorf("%s is told as %s", fault, other)
		}
		seen[told{a.Matter, a.Means, a.Advice}] = fault
	}
	old := feed.SourceState{Status: feed.StatusFailing, Error: "fetch a.example: answered 404 Not Found; check url", Failures: 1, FailingSince: now}
	if a := fare.Tell(&old, now); a.Matter != "Fails: answered 404 Not Found, since 27 November, 12:00 UTC." {
		t.Errorf("of a failure whose kind nobody noted is said %q", a.Matter)
	}
}

func TestOfASilentSourceItsSiteIsLookedAtWhereThatCanBeTyped(t *testing.T) {
	for site, want := range map[string]string{
		"https://a.example/news": `"sluice discover https://a.example/news" finds it.`, "": `"sluice discover" with the site's address finds it.`,
		"https://a.example/;reboot": `"sluice discover" with the site's address finds it.`, `https://a.example/"x`: `"sluice discover" with the site's address finds it.`,
		"javascript:alert": `"sluice discover" with the site's address finds it.`, "https://a.example/***": `"sluice discover" with the site's address finds it.`,
	} {
		st := feed.SourceState{Status: feed.StatusOK, Told: feed.Told{Silent: now.Add(-240 * time.Hour)}, Info: feed.Info{Link: site}}
		a := fare.Tell(&st, now)
		if !strings.HasSuffix(a.Advice, want) || a.Matter != "Has had nothing new since 17 November, 12:00 UTC, which is 10 days." {
			t.Errorf("%q: %+v", site, a)
		}
	}
}

func TestTheStatusOfAnAnswerSaysWhatItMeans(t *testing.T) {
	seen := map[string]int{}
	for _, code := range []int{204, 401, 403, 404, 407, 418, 429, 451, 500} {
		st := feed.SourceState{Status: feed.StatusFailing, Fault: feed.FaultHTTP, Code: code, Error: "fetch a: answered 1 X", Failures: 1, FailingSince: now}
		a := fare.Tell(&st, now)
		if other, ok := seen[a.Means]; ok || a.Means == "" {
			t.Errorf("%d: %q, as %d", code, a.Means, other)
		}
		seen[a.Means] = code
	}
	wait := feed.SourceState{Status: feed.StatusFailing, Fault: feed.FaultHTTP, Code: 429, Reason: "retry-after", Error: "fetch a: answered 429 Too Many Requests, not to be asked again for 26h0m0s"}
	if a := fare.Tell(&wait, now); a.Matter != "Answers 429 Too Many Requests." || !strings.HasPrefix(a.Does, "It is asked again when the publisher allows it") {
		t.Errorf("%+v", a)
	}
}

func TestTheWorstComesFirst(t *testing.T) {
	states := []feed.SourceState{
		{Source: "gone", Status: feed.StatusGone},
		{Source: "long", Status: feed.StatusFailing, FailingSince: now.Add(-time.Hour)},
		{Source: "large", Status: feed.StatusFailing, FailingSince: now, Articles: 9},
		{Source: "small", Status: feed.StatusFailing, FailingSince: now, Articles: 8},
		{Source: "silent", Status: feed.StatusOK, Told: feed.Told{Silent: now}},
		{Source: "moved", Status: feed.StatusOK, Kept: "https://x.example/"},
		{Source: "guids", Status: feed.StatusOK, GUIDs: feed.GUIDsChange},
		{Source: "repaired", Status: feed.StatusOK, Warnings: map[string]int{"date-ignored": 1}},
		{Source: "new", Status: feed.StatusNew},
		{Source: "a", Status: feed.StatusOK},
		{Source: "b", Status: feed.StatusOK},
		{Source: "off", Status: feed.StatusDisabled, Kept: "x", FailingSince: now},
	}
	got := slices.Clone(states)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b feed.SourceState) int { return fare.Worst(&a, &b) })
	for i := range got {
		if got[i].Source != states[i].Source {
			t.Errorf("place %d has %s, want %s", i, got[i].Source, states[i].Source)
		}
		if kind := fare.KindOf(&got[i]); kind.Means() == "" {
			t.Errorf("%s means nothing", kind)
		}
	}
}

func TestDaysAreToldInWords(t *testing.T) {
	for want, days := range map[string][]int{
		"not counted yet":                                        nil,
		"1 day: 3 a day":                                         {3},
		"3 days: nothing new":                                    {0, 0, 0},
		"4 days: 0 to 14 a day, 4.8 on average":                  {0, 5, 0, 14},
		"5 days: 0 to 14 a day, 3.8 on average":                  {0, 5, 0, 14, 0},
		"6 days: 0 to 14 a day, 3.2 on average, none for 2 days": {0, 5, 0, 14, 0, 0},
		"2 days: 1,000 a day":                                    {1000, 1000},
		"3 days: 0 to 1 a day, 0.3 on average, none for 2 days":  {1, 0, 0},
	} {
		if got := fare.News(days); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDaysOfWhichNothingIsKnownAreNotShown(t *testing.T) {
	today := feed.DayOf(now)
	st := feed.SourceState{Past: feed.Past{Polls: 1, Since: today - 2, News: feed.News{{Day: today, New: 4}}}, FirstPoll: now.Add(-1000 * time.Hour)}
	if got := fare.Days(&st, now); !slices.Equal(got, []int{0, 0, 4}) {
		t.Errorf("of a source that was polled before it was counted: %v", got)
	}
	st.FirstPoll = now.Add(-48 * time.Hour)
	if got := fare.Days(&st, now); len(got) != feed.NewsDays || got[29] != 4 {
		t.Errorf("of one whose first document was counted: %v", got)
	}
	st.Past.Since = today + 300
	if got := fare.Days(&st, now); len(got) == 0 {
		t.Errorf("after the clock was set back: %v", got)
	}
	st.Past.Polls = 0
	if got := fare.Days(&st, now); got != nil {
		t.Errorf("before anything was counted: %v", got)
	}
}

func TestNumbersAreSaidAsPeopleSayThem(t *testing.T) {
	for want, got := range map[string]string{
		"999": fare.Number(999), "1,000": fare.Number(1000), "-1,234,567": fare.Number(-1234567), "0": fare.Number(0),
		"0 B": fare.Size(0), "999 B": fare.Size(999), "1.0 kB": fare.Size(1000), "10 kB": fare.Size(9_960), "88 MB": fare.Size(84 << 20), "1.0 MB": fare.Size(999_600),
		"18 EB": fare.Size(1<<64 - 1), "": fare.Share(0, 0), "0 %": fare.Share(0, 9), "100 %": fare.Share(9, 9), "99 %": fare.Share(9999, 10000), "1 %": fare.Share(1, 10000),
		"6h": fare.Interval(6 * time.Hour), "15m": fare.Interval(15 * time.Minute), "7d": fare.Interval(7 * 24 * time.Hour), "1h30m": fare.Interval(90 * time.Minute), "30s": fare.Interval(30 * time.Second),
		"now": fare.Until(now, now), "in 47 hours": fare.Until(now.Add(47*time.Hour), now), "2 days ago": fare.Ago(now, now.Add(48*time.Hour)), "119 seconds": fare.Span(119 * time.Second),
		"20m": fare.Interval(20 * time.Minute), "1h0m30s": fare.Interval(time.Hour + 30*time.Second),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAllIsSaidInASentence(t *testing.T) {
	o := fare.Overview{
		Kinds: map[fare.Kind]int{fare.Failing: 4, fare.Gone: 1, fare.OK: 307}, Next: now.Add(12 * time.Second),
		Daemon: &fare.Daemon{Outputs: 3, Bytes: 84_000_000, Free: 12_000_000, Copied: now.Add(-72 * time.Hour), Loaded: now.Add(-168 * time.Minute)},
	}
	const want = "312 sources: 1 gone, 4 failing, 307 ok; 3 outputs; next poll in 12 seconds; store 84 MB, 12 MB of it free, backed up 3 days ago; configuration loaded 09:12 UTC"
	if got := o.Say(now); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	o.Daemon.Refused, o.Daemon.Reasons = now.Add(-50*time.Hour), []string{"c.yaml:1: bad"}
	if got, want := o.Say(now), want+", the last reload, 25 November, 10:00 UTC, was refused: c.yaml:1: bad"; got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	if got := (fare.Overview{Kinds: map[fare.Kind]int{fare.OK: 1}, Due: true}).Say(now); got != "1 source, all well; polls are due now" {
		t.Errorf("got %q", got)
	}
}
