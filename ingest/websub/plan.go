package websub

import (
	"cmp"
	"slices"
	"time"

	"sluice/feed"
)

// remembered is for how long the callback of a subscription that ended says so.
const remembered = 30 * 24 * time.Hour

// renewed is why a subscription leaves that has a successor; it is pushed to until then.
const renewed = "renewed"

// Want is what a source names for WebSub, as its last document had it.
type Want struct {
	Hubs  []string // not empty
	Topic string
}

// steps is what is to be done: subscriptions that change by themselves, those
// whose end a hub is to be told, sources to subscribe to, and what is forgotten.
type steps struct {
	changed []feed.Subscription
	leave   []feed.Subscription
	ask     []feed.Subscription // without ID and Secret
	forget  []string
}

// plan decides what is to be done now. wants has the sources that are to be
// subscribed to, and base is what callbacks begin with; subscriptions to others, and
// those with callbacks elsewhere, are given up.
func plan(now time.Time, base string, wants map[feed.SourceID]Want, subs []feed.Subscription) steps {
	var st steps
	live := map[feed.SourceID][]feed.Subscription{}
	for _, s := range subs {
		why := unwanted(base, wants, s)
		if keep, ok := st.settle(now, why, s); ok {
			live[keep.Source] = append(live[keep.Source], keep)
		}
	}
	for source, want := range wants {
		st.pursue(now, source, want, live[source])
	}
	slices.SortFunc(st.ask, func(a, b feed.Subscription) int { return cmp.Compare(a.Source, b.Source) })
	return st
}

// unwanted says why a subscription is of no use any more; empty: it is.
func unwanted(base string, wants map[feed.SourceID]Want, s feed.Subscription) string {
	want, wanted := wants[s.Source]
	switch {
	case !wanted || want.Topic != s.Topic || !slices.Contains(want.Hubs, s.Hub):
		return "the source names it no more, or is not to be pushed"
	case s.Base != "" && s.Base != base:
		return "base_url has changed, and hubs may reach the old one no more"
	}
	return ""
}

// settle takes in what time has done to one subscription, and why it is unwanted. ok
// is false when it is of no use any more.
func (st *steps) settle(now time.Time, why string, s feed.Subscription) (_ feed.Subscription, ok bool) {
	switch {
	case s.State == feed.SubscriptionEnded:
		if now.Sub(s.Since) >= remembered {
			st.forget = append(st.forget, s.ID)
		}
		return s, false
	case s.State == feed.SubscriptionLeaving:
		if now.Sub(s.Since) >= time.Hour {
			st.end(now, s, s.Reason)
		}
		return s, false
	case s.State == feed.SubscriptionActive && !s.Expires.After(now):
		st.end(now, s, "its lease ended")
		return s, false
	case why != "" && s.State == feed.SubscriptionActive:
		st.leave = append(st.leave, left(now, s, why))
		return s, false
	case why != "":
		st.end(now, s, why)
		return s, false
	case s.State == feed.SubscriptionPending && now.Sub(s.Since) >= patience:
		s = refused(now, s, "the hub did not verify it")
		st.changed = append(st.changed, s)
	}
	return s, true
}

// pursue sees that a source has one subscription that lasts.
func (st *steps) pursue(now time.Time, source feed.SourceID, want Want, live []feed.Subscription) {
	slices.SortStableFunc(live, func(a, b feed.Subscription) int { return b.Since.Compare(a.Since) }) // newest first
	var active, failed *feed.Subscription
	for i := range live {
		s := &live[i]
		switch {
		case s.State == feed.SubscriptionPending:
			return // until it is verified, or is not
		case s.State == feed.SubscriptionActive && active == nil:
			active = s
		case s.State == feed.SubscriptionActive: // renewed: its successor is there
			st.leave = append(st.leave, left(now, *s, renewed))
		case failed == nil:
			failed = s
		}
	}
	if active != nil && active.Renew.After(now) || failed != nil && failed.Renew.After(now) {
		return
	}
	next := feed.Subscription{Source: source, Topic: want.Topic, State: feed.SubscriptionPending, Since: now}
	if failed != nil {
		next.Failures = failed.Failures
		st.end(now, *failed, failed.Reason)
	}
	next.Hub = want.Hubs[next.Failures%len(want.Hubs)]
	st.ask = append(st.ask, next)
}

func (st *steps) end(now time.Time, s feed.Subscription, why string) {
	s.State, s.Since, s.Reason = feed.SubscriptionEnded, now, why
	for i := range st.changed { // it may have failed a moment ago
		if st.changed[i].ID == s.ID {
			st.changed[i] = s
			return
		}
	}
	st.changed = append(st.changed, s)
}

func left(now time.Time, s feed.Subscription, why string) feed.Subscription {
	s.State, s.Since, s.Reason = feed.SubscriptionLeaving, now, why
	return s
}

// refused is a subscription that the hub did not take: it is tried again later.
func refused(now time.Time, s feed.Subscription, why string) feed.Subscription {
	s.Failures++
	s.State, s.Since, s.Renew, s.Reason = feed.SubscriptionFailed, now, now.Add(backOff(s.Failures)), why
	return s
}
