package feed

import "time"

// Subscription is what is remembered of a WebSub subscription, also of one that
// has ended: whoever still pushes to its callback is told so.
type Subscription struct {
	ID     string // names the callback; nobody can guess it
	Base   string // what its callback begins with; empty: not known, in stores of before it was kept
	Source SourceID
	Hub    string // may hold secrets and is never shown
	Topic  string // the address by which the hub knows the feed; may hold secrets
	Secret string // signs what the hub sends; empty where it would travel in the clear

	State    SubscriptionState
	Since    time.Time // of the state
	Expires  time.Time // the end of the verified lease
	Renew    time.Time // when a successor is to be asked for, or what failed is tried again
	Failures int       // refusals by the hub in a row
	Reason   string    // why it ended, in one line
}

// SubscriptionState is how far a subscription has come.
type SubscriptionState string

// The states of a subscription.
const (
	SubscriptionPending SubscriptionState = "pending" // asked for, not verified
	SubscriptionActive  SubscriptionState = "active"  // verified
	SubscriptionLeaving SubscriptionState = "leaving" // its end is asked for
	SubscriptionFailed  SubscriptionState = "failed"  // refused or never verified; tried again at Renew
	SubscriptionEnded   SubscriptionState = "ended"
)
