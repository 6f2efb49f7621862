package ingest

import (
	"context"
	"errors"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/health"
	"sluice/ingest/parse"
	"sluice/storage"
)

// watch returns what decides, in the transaction of a poll, what is told of the source;
// see storage.Delivery. err is what the poll failed by.
func watch(s *Source, plan *Plan, at time.Time, days []time.Time, err error) func(before, after *feed.SourceState, m storage.Merged) (feed.Told, []feed.Event) {
	return func(before, after *feed.SourceState, m storage.Merged) (feed.Told, []feed.Event) {
		p := health.Poll{
			At: at, Before: before, After: after, New: m.New, Failure: outlook(err), Days: days,
			Name: s.Name, Address: s.address, Authority: plan.Authority,
		}
		if err != nil {
			if said, private := fetch.Public(err); private {
				// Nor does the moment at which it is told say more.
				p.Said, p.Failure = s.Hide.Text(said), health.Passing
			}
		}
		if after.Kept != "" {
			p.To = s.Hide.Text(feed.Redact(after.Kept))
		}
		return health.Judge(p)
	}
}

// outlook is what a failure says of the polls to come.
func outlook(err error) health.Failure {
	if errors.Is(err, fetch.ErrCertificate) || errors.Is(err, parse.ErrNotFeed) {
		return health.Lasting
	}
	if status, ok := errors.AsType[*fetch.StatusError](err); ok {
		switch status.Code {
		case 401, 403, 404, 410, 451:
			return health.Lasting
		}
	}
	return health.Passing
}

// maxLooked bounds the articles that are looked at for a source's rhythm: one that has
// as many within MaxDays days shows it by fewer days.
const maxLooked = 1000

// days returns on which days a source had something new, if it is time to know that. A
// source whose rhythm cannot be read is taken for one that has none until tomorrow.
func (r *Runner) days(ctx context.Context, before, after *feed.SourceState) (days []time.Time) {
	if !health.Silence(before, after) {
		return nil
	}
	looked := 0
	query := storage.Query{Sources: []feed.SourceID{before.Source}, Order: feed.OrderPublished}
	for a, err := range r.store.Newest(ctx, query) {
		if err != nil {
			if ctx.Err() == nil {
				r.log.ErrorContext(ctx, "the rhythm of a source cannot be read", "source", before.Source, "err", err)
			}
			return nil
		}
		d := a.Date.UTC().Truncate(24 * time.Hour)
		if len(days) == 0 || !d.Equal(days[len(days)-1]) {
			days = append(days, d)
		}
		if looked++; looked == maxLooked || len(days) == health.MaxDays || days[0].Sub(d) > health.MaxPast {
			break
		}
	}
	return days
}
