package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/feed"
	"sluice/feed/fare"
)

type explainCmd struct {
	Output  string `arg:"" name:"output" help:"Name of the output."`
	Article string `arg:"" name:"article" help:"Id of an article; else its address in any form, or a guid that is an absolute IRI. Several that have it are each told of."`
	JSON    bool   `help:"Print one JSON object. Of several articles at an address it tells of the one that is in the output, else of the first."`
}

// Run says why an article is in an output, out of it or merged in it; of an address
// that several have, of each.
func (c *explainCmd) Run(ctx context.Context, r *run) error {
	req := control.ExplainRequest{Output: c.Output, Article: c.Article}
	said, err := stored(ctx, r, func(d *control.Client) (control.Explained, error) {
		return d.Explain(ctx, req)
	}, func(cfg *config.Config, opt app.EngineOptions) (control.Explained, error) {
		return app.Explain(ctx, cfg, opt, req)
	})
	if err != nil {
		return err
	}
	if len(said.Articles) == 0 {
		return fmt.Errorf("explain: %w: %s", feed.ErrNoArticle, c.Article)
	}
	if c.JSON {
		i := slices.IndexFunc(said.Articles, func(x control.Explanation) bool { return x.In })
		return printJSON(r.env.Stdout, said.Articles[max(i, 0)])
	}
	for i, x := range said.Articles {
		if i > 0 {
			if _, err := fmt.Fprintln(r.env.Stdout); err != nil {
				return err
			}
		}
		if err := printExplanation(r.env.Stdout, x); err != nil {
			return err
		}
	}
	if said.More > 0 {
		r.warn(fmt.Sprintf("%s more at this address: name one by its id", count(said.More, "article")))
	}
	return nil
}

// printExplanation writes what is to be said of an article, a subject a line.
func printExplanation(w io.Writer, x control.Explanation) error {
	var b strings.Builder
	say := func(subject, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); text != "" {
			fmt.Fprintf(&b, "%-12s%s\n", subject, safeText(text))
		}
	}
	is := "out"
	if x.In {
		is = "in"
	}
	say("article", "%s", x.ID)
	say("title", "%s", x.Title)
	if x.URL != x.ID {
		say("address", "%s", x.URL)
	}
	say("source", "%s", x.Source)
	say("output", "%s: %s", x.Output, is)
	say("why", "%s", x.Reason)
	say("rule", "%s", x.Rule)
	say("first seen", "%s", firstSeen(x))
	if x.Edits > 0 {
		say("updated", "%s, last %s", times(x.Edits), instant(x.Edited))
	}
	if x.GUIDs != "" {
		say("guids", "of its source are not believed: %s", fare.GUIDFault(feed.GUIDFault(x.GUIDs)))
	}
	if len(x.Story.Articles) < 2 {
		say("story", "of this article alone")
		_, err := io.WriteString(w, b.String())
		return err
	}
	say("story", "of %d articles, * this one:", len(x.Story.Articles))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return printArticles(w, x.Story, x)
}

// firstSeen says when an article came, and where that is not its place in the order.
func firstSeen(x control.Explanation) string {
	text := instant(x.FirstSeen)
	if x.Dated {
		text += ", of a backlog: placed by its date, " + instant(x.Date)
	}
	return text
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// instant is a time as results have it.
func instant(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.RFC3339)
}

// printStory writes what is one story now.
func printStory(w io.Writer, s control.Story) error {
	if _, err := fmt.Fprintf(w, "one story of %s:\n", count(len(s.Articles), "article")); err != nil {
		return err
	}
	return printArticles(w, s, control.Explanation{})
}

// printArticles writes the articles of a story, first stored first. Titles come last:
// they are the widest.
func printArticles(w io.Writer, s control.Story, x control.Explanation) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, a := range s.Articles {
		mark := " "
		if a.ID == x.ID {
			mark = "*"
		}
		if _, err := fmt.Fprintf(tw, "%s %s\t%s\t%s\t%s\n", mark, a.Source, safeText(a.ID), evidence(a, s), safeText(a.Title)); err != nil {
			return err
		}
	}
	return tw.Flush()
}

// evidence says by what an article is of its story, and since when.
func evidence(a control.Article, s control.Story) string {
	var text string
	switch a.How {
	case "":
		return "the first"
	case feed.HowGUID:
		text = "same guid"
	case feed.HowURL:
		text = "same address"
	case feed.HowCanonical:
		text = "names its address"
	case feed.HowText:
		text = "same text"
	case feed.HowNear:
		text = "nearly the same text"
	default:
		text = safeText(string(a.How))
	}
	switch {
	case a.ByHand:
		text = "joined by hand"
	case a.Score > 0:
		text += fmt.Sprintf(" (%s, %.2f)", safeText(a.Rule), a.Score)
	case a.Rule != "":
		text += fmt.Sprintf(" (%s)", safeText(a.Rule))
	}
	if a.Joined != "" && a.Joined != s.ID {
		text += " as " + safeText(a.Joined)
	}
	switch {
	case a.Via != "":
		text += ", found late by way of " + safeText(a.Via)
	case a.Late:
		text += ", found late"
	}
	return text + ", " + instant(a.JoinedAt)
}
