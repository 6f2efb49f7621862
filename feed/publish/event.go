package publish

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/fare"
)

// asEvent is in the numbers of entries that are events: none is taken for an article.
const asEvent = 1 << 63

// events are the entries of an output of kind health, newest first: what befell its
// sources. They are whole, and nothing of them changes but the name of a source that is
// called otherwise: what to do about it is said with that name.
func events(ctx context.Context, r Reader, o Output, now time.Time) ([]chosen, error) {
	var since time.Time
	if o.Window > 0 {
		since = now.UTC().Truncate(time.Minute).Add(-o.Window)
	}
	events, err := r.Events(ctx, o.Sources, since, o.Limit)
	if err != nil {
		return nil, err
	}
	list := make([]chosen, len(events))
	for i, e := range events {
		a := feed.Stored{
			Article: eventArticle(e), Seq: e.Seq | asEvent, ID: e.ID, Identity: e.Seq | asEvent, Form: 1,
			FirstSeen: e.At, Place: e.At, Date: e.At, Changed: e.At,
		}
		list[i] = chosen{Stored: a, shown: a, updated: e.At}
	}
	return list, nil
}

// eventsAmong are those entries of such an output that have these numbers, also those for
// which its document has no room.
func eventsAmong(ctx context.Context, r Reader, o Output, members []uint64, now time.Time) ([]chosen, error) {
	o.Limit = MaxLimit
	all, err := events(ctx, r, o, now)
	return slices.DeleteFunc(all, func(c chosen) bool { return !slices.Contains(members, c.Seq) }), err
}

// eventArticle puts an event into words.
func eventArticle(e feed.Event) feed.Article {
	w := wording{Event: e, name: string(e.Source)}
	switch e.Kind {
	case feed.EventBroke:
		w.broke()
	case feed.EventSilent:
		w.silent()
	case feed.EventMoved:
		w.moved()
	case feed.EventBack:
		w.back()
	}
	return feed.Article{
		Source: e.Source, Title: w.title, Summary: html.EscapeString(strings.Join(w.said, " ")), Content: w.html.String(),
		URL: w.link(), Language: "en",
		Categories: []feed.Category{{Term: string(e.Kind)}}, Published: e.At, Updated: e.At,
	}
}

// wording is an event on its way into words.
type wording struct {
	feed.Event
	name  string
	title string
	said  []string // the paragraphs, plain
	html  strings.Builder
}

func (w *wording) broke() {
	if w.Ended {
		w.title = w.name + ": ended by its publisher"
		if w.Failures > 0 { // else the document said so
			w.title += ": " + fare.Short(w.Error)
		}
		w.say("The publisher of %s says that this feed has ended. It is not asked again.", w.name)
	} else {
		w.title = fmt.Sprintf("%s: fails since %s: %s", w.name, fare.Moment(w.Since, w.At), fare.Short(w.Error))
		if w.Failures > 1 {
			w.say("%s has failed at %d polls in a row since %s.", w.name, w.Failures, fare.InFull(w.Since))
		} else {
			w.say("%s has failed since %s.", w.name, fare.InFull(w.Since))
		}
	}
	last, stay := "never", ""
	if !w.Success.IsZero() {
		last, stay = fare.InFull(w.Success), "Its articles stay published. "
	}
	w.list("Last error", w.Error, "Last success", last, "Address", w.address())
	if w.Ended {
		w.say("%s", stay+fare.Elsewhere+"; else the source can be removed from it.")
		w.command("Should this be a mistake, %s asks it once more.", "sluice enable "+w.name)
		return
	}
	w.say("%s", stay+"It is asked again, less and less often. "+fare.Elsewhere+".")
	w.command("Once the cause is mended, %s asks it at once.", "sluice enable "+w.name)
}

func (w *wording) silent() {
	w.title = fmt.Sprintf("%s: nothing new since %s", w.name, fare.Moment(w.Since, w.At))
	w.say("%s answers, and has had nothing new since %s, which is %s. Its longest pause until then was %s.",
		w.name, fare.InFull(w.Since), fare.Span(w.At.Sub(w.Since)), fare.Span(w.Usual))
	w.list("Last success", fare.InFull(w.Success), "Address", w.address())
	if site := fare.Typed(w.Site); site != "" {
		w.command("If its site has another feed by now, %s finds it.", "sluice discover "+site)
	} else {
		w.say("Its site may have another feed by now.")
	}
}

func (w *wording) moved() {
	w.title = fmt.Sprintf("%s: moved to %s", w.name, w.To)
	w.say("%s is redirected for good to another address: at each poll since %s, and with the same articles there. "+
		"That address is asked from now on.", w.name, fare.InFull(w.Since))
	w.list("Old address", w.address(), "New address", w.To)
	if strings.Contains(w.To, feed.Hidden) {
		w.say("Write the new address into the configuration, with what is secret in it in place of %s.", feed.Hidden)
	} else {
		// What a publisher wrote is not to be taken for a variable of the operator's.
		w.command("Write the new address into the configuration: %s", "url: "+strings.ReplaceAll(w.To, "${", "$${"))
	}
}

func (w *wording) back() {
	from := w.Since
	if w.Was == feed.EventBroke && !w.Success.IsZero() {
		from = w.Success
	}
	away := fare.Span(w.At.Sub(from))
	if w.Was == feed.EventSilent {
		w.title = fmt.Sprintf("%s: has something new again after %s", w.name, away)
		w.say("%s of %s came, the first since %s.", count(w.New, "new article"), w.name, fare.InFull(w.Since))
		return
	}
	w.title = fmt.Sprintf("%s: answers again after %s", w.name, away)
	w.say("%s answers again. It had failed since %s.", w.name, fare.InFull(w.Since))
	if w.New > 0 {
		w.say("It brought %s that came meanwhile.", count(w.New, "article"))
	} else {
		w.say("It brought nothing new.")
	}
}

// say adds a paragraph of plain text.
func (w *wording) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.said = append(w.said, text)
	w.html.WriteString("<p>" + html.EscapeString(text) + "</p>")
}

// command adds a paragraph with something to type in it.
func (w *wording) command(format, typed string) {
	before, after, _ := strings.Cut(format, "%s")
	w.said = append(w.said, before+typed+after)
	w.html.WriteString("<p>" + html.EscapeString(before) + "<code>" + html.EscapeString(typed) + "</code>" + html.EscapeString(after) + "</p>")
}

// list adds what is known, by name; what is empty is left out.
func (w *wording) list(pairs ...string) {
	w.html.WriteString("<ul>")
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			w.html.WriteString("<li>" + html.EscapeString(pairs[i]+": "+pairs[i+1]) + "</li>")
		}
	}
	w.html.WriteString("</ul>")
}

// address is where the source is polled. A file of this machine is nobody's business.
func (w *wording) address() string {
	if u, err := url.Parse(w.Address); err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return w.Address
}

// link is where the entry leads: to the source's site, else to its feed.
func (w *wording) link() string {
	if site := fare.WebAddress(w.Site); site != "" {
		return site
	}
	return fare.WebAddress(w.Address)
}

// count is not fare.Count: the numbers of entries that were published stay as they are.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
