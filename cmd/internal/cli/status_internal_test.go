package cli

import (
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
)

func TestTheTableOfSourcesSaysWhyWhoMovedAndWhoseGuidsAreNotBelieved(t *testing.T) {
	now := time.Date(2026, time.March, 3, 10, 0, 0, 0, time.UTC)
	soon := now.Add(3 * time.Hour)
	var b strings.Builder
	err := printStatus(&b, control.Status{Sources: []control.SourceStatus{
		{Name: "usual", State: "ok", NextPoll: &soon, Why: "interval"},
		{Name: "still", State: "ok", NextPoll: &soon, Why: "quiet", MovedTo: "new.example"},
		{Name: "ended", State: "gone", GUIDs: "change"},
	}}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"SOURCE  STATE  LAST SUCCESS  NEXT POLL     FAILURES  ARTICLES  ERROR",
		"ended   gone   never         -             0         0",
		"still   ok     never         in 3h, quiet  0         0",
		"usual   ok     never         in 3h         0         0",
		"",
		"SOURCE  MOVED FOR GOOD: SET ITS URL",
		"still   asked at new.example",
		"",
		"SOURCE  GUIDS NOT BELIEVED, UNLESS IDENTITY SAYS SO",
		"ended   items have others at each poll",
		"",
		"3 sources: 1 gone, 1 moved, 1 ok; next poll in 3 hours.",
		"What to do about one of them: sluice status SOURCE",
	}
	var got []string
	for line := range strings.Lines(b.String()) {
		got = append(got, strings.TrimRight(line, " \n"))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
