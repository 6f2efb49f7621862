package ingest

import (
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
)

func TestADocumentThatIsTheSameForADayWithoutValidatorsIsAskedForLess(t *testing.T) {
	var st feed.SourceState
	poll := func(at time.Time, body uint64, etag string) bool {
		res := result{outcome: Changed, body: body, answer: fetch.Answer{ETag: etag}}
		st = repeated(st, &res, at)
		st.Body, st.LastAttempt = body, at
		return hints(&st, &Source{}, 0, nil).Unvalidated
	}
	began := time.Unix(1e9, 0)
	for i, step := range []struct {
		after time.Duration
		body  uint64
		etag  string
		want  bool
	}{
		{0, 1, "", false},
		{time.Hour, 1, "", false}, // the same once
		{2 * time.Hour, 1, "", false},
		{3 * time.Hour, 1, "", false}, // three times, but not for a day
		{25 * time.Hour, 1, "", true},
		{26 * time.Hour, 1, `"e"`, false}, // it has learnt to give them
		{27 * time.Hour, 1, "", false},
		{50 * time.Hour, 1, "", false}, // twice in a day
		{52 * time.Hour, 1, "", true},
		{53 * time.Hour, 2, "", false}, // it changes
	} {
		if got := poll(began.Add(step.after), step.body, step.etag); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
}

func TestThrottlingIsForgottenAMonthAfterTheLast429(t *testing.T) {
	said := time.Unix(1e9, 0)
	for after, want := range map[time.Duration]bool{0: true, 29 * 24 * time.Hour: true, 30 * 24 * time.Hour: false} {
		st := feed.SourceState{Throttled: said, LastAttempt: said.Add(after)}
		if got := hints(&st, &Source{}, 0, nil).Throttled; got != want {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
}
