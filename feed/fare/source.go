package fare

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sluice/feed"
)

// Kind is how a source fares, in a word.
type Kind string

// The kinds, the worst first. Beside the states of a source they tell what of those that
// answer deserves a look.
const (
	Gone     Kind = "gone"     // it has ended, and is not asked again
	Failing  Kind = "failing"  // its last poll failed
	Silent   Kind = "silent"   // it answers, and has nothing new for longer than it ever had
	Moved    Kind = "moved"    // it is asked elsewhere than configured
	GUIDs    Kind = "guids"    // its guids are not believed
	Repaired Kind = "repaired" // its last document had to be repaired
	New      Kind = "new"      // it was never polled
	OK       Kind = "ok"
	Disabled Kind = "disabled" // switched off by its operator
)

// kinds are all, the worst first.
var kinds = [...]Kind{Gone, Failing, Silent, Moved, GUIDs, Repaired, New, OK, Disabled}

// Kinds lists all kinds, the worst first.
func Kinds() []Kind { return slices.Clone(kinds[:]) }

// KindOf returns how a source fares. Of several things it is the worst.
func KindOf(st *feed.SourceState) Kind {
	switch {
	case st.Status == feed.StatusDisabled:
		return Disabled
	case st.Status == feed.StatusGone:
		return Gone
	case st.Status == feed.StatusFailing:
		return Failing
	case !st.Told.Silent.IsZero():
		return Silent
	case st.Kept != "":
		return Moved
	case st.GUIDs != "":
		return GUIDs
	case len(st.Warnings) > 0 || st.Error != "":
		return Repaired
	case st.Status == feed.StatusNew:
		return New
	}
	return OK
}

// Means says what a kind stands for, of several sources or one.
func (k Kind) Means() string {
	return map[Kind]string{
		Gone:     "ended by the publisher, and not asked again",
		Failing:  "the last poll failed",
		Silent:   "answers, with nothing new for longer than ever before",
		Moved:    "redirected for good, and asked at the new address",
		GUIDs:    "its guids do not tell its items apart, and are not believed",
		Repaired: "its last document had to be repaired",
		New:      "not polled yet",
		OK:       "the last poll succeeded",
		Disabled: "switched off in the configuration",
	}[k]
}

// Worst orders sources by trouble: by kind, those in trouble for longest first, of those
// the ones with most articles, and by name.
func Worst(a, b *feed.SourceState) int {
	kind := KindOf(a)
	other := KindOf(b)
	if kind != other {
		return cmp.Compare(rank(kind), rank(other))
	}
	return cmp.Or(
		since(kind, a).Compare(since(kind, b)),
		cmp.Compare(b.Articles, a.Articles),
		strings.Compare(string(a.Source), string(b.Source)),
	)
}

func rank(k Kind) int { return slices.Index(kinds[:], k) }

// since is when the trouble of a source began, where that decides what is looked at first;
// zero where it does not.
func since(k Kind, st *feed.SourceState) time.Time {
	switch k {
	case Gone, Failing:
		return st.FailingSince
	case Silent:
		return st.Told.Silent
	}
	return time.Time{}
}

// Account is how a source fares, a sentence each. What does not apply is empty.
type Account struct {
	Matter string // what is the matter, since when and how often
	Means  string // what that means
	Does   string // what sluice does about it
	Advice string // what its operator can do
}

// Tell says what is the matter with a source. Of one that fares well nothing is.
func Tell(st *feed.SourceState, now time.Time) Account {
	switch KindOf(st) {
	case Gone:
		return gone(st, now)
	case Failing:
		return failing(st, now)
	case Silent:
		return silent(st, now)
	}
	return Account{}
}

// Elsewhere is what can be done where a feed may be at another address.
const Elsewhere = "If the feed is at another address now, correct that in the configuration"

func gone(st *feed.SourceState, now time.Time) Account {
	a := Account{
		Matter: "Its document says that the feed has ended.",
		Means:  "The publisher will not write here any more.",
		Does:   "It is not asked again. " + Stay(st),
		Advice: Elsewhere + "; else the source can be removed from it. Should this be a mistake, \"sluice enable " + string(st.Source) + "\" asks it once more.",
	}
	if st.Failures > 0 {
		a.Matter = sentence(what(st) + sinceWhen(st, now))
		a.Means = "The publisher says that the feed was taken away for good."
	}
	return a
}

func failing(st *feed.SourceState, now time.Time) Account {
	means, advice := meaning(st)
	does := "It is asked again, less and less often the longer it fails. "
	if st.Reason == "retry-after" {
		does = "It is asked again when the publisher allows it, and not before. "
	}
	return Account{
		Matter: sentence(what(st) + sinceWhen(st, now)), Means: means, Does: does + Stay(st),
		Advice: advice + " Once the cause is mended, \"sluice enable " + string(st.Source) + "\" asks it at once.",
	}
}

func silent(st *feed.SourceState, now time.Time) Account {
	discover := "\"sluice discover\" with the site's address finds it."
	if site := Typed(st.Info.Link); site != "" {
		discover = "\"sluice discover " + site + "\" finds it."
	}
	return Account{
		Matter: sentence("has had nothing new since " + Moment(st.Told.Silent, now) + ", which is " + Span(now.Sub(st.Told.Silent))),
		Means:  "It answers. It was silent for no more than half as long before.",
		Does:   "It is asked as before, and after two weeks less often, until something new comes.",
		Advice: "See whether its site has another feed by now: " + discover,
	}
}

// Stay says what becomes of what a source brought while it brings no more.
func Stay(st *feed.SourceState) string {
	if st.Articles == 0 {
		return "It has no articles yet."
	}
	return "Its " + Count(st.Articles, "article stays", "articles stay") + " published."
}

// sinceWhen is for how long and how often a source failed.
func sinceWhen(st *feed.SourceState, now time.Time) string {
	if st.FailingSince.IsZero() {
		return ""
	}
	if st.Failures <= 1 {
		return ", since " + Moment(st.FailingSince, now)
	}
	return ", at " + Number(st.Failures) + " polls in a row since " + Moment(st.FailingSince, now) + " (" + Span(now.Sub(st.FailingSince)) + ")"
}

// sentence makes one of a predicate.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// GUIDFault says why the guids of a source are not believed; empty where they are.
func GUIDFault(fault feed.GUIDFault) string {
	switch fault {
	case "":
		return ""
	case feed.GUIDsShared:
		return "different items have one"
	case feed.GUIDsChange:
		return "items have others at each poll"
	case feed.GUIDsReused:
		return "they are given to other items"
	}
	return string(fault)
}
