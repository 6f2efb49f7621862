package publish

import (
	"errors"
	"strings"
	"text/template"
	"time"

	"sluice/feed/sanitize"
)

// titleFields is what a title template sees.
type titleFields struct {
	Source    string // the source's title
	Name      string // its configured name
	Title     string // the article's title
	Author    string // its authors by name, with commas between
	Published time.Time
}

// parseTitle compiles a title template and tries it out, so that a field that
// does not exist is found when the configuration is loaded.
func parseTitle(text string) (*template.Template, error) {
	t, err := template.New("title").Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, plainError(err)
	}
	long := strings.Repeat("Many words. ", 40) // a template that cuts has something to cut
	sample := titleFields{Source: long, Name: long, Title: long, Author: long, Published: time.Unix(0, 0).UTC()}
	if _, err := makeTitle(t, sample); err != nil {
		return nil, err
	}
	return t, nil
}

// makeTitle returns plain text on one line.
func makeTitle(t *template.Template, fields titleFields) (string, error) {
	var out strings.Builder
	if err := t.Execute(&out, fields); err != nil {
		return "", plainError(err)
	}
	return strings.Join(strings.Fields(sanitize.Plain(out.String())), " "), nil
}

// plainError takes the library's own words off an error, and keeps it one line.
func plainError(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: ")
	return errors.New(strings.ReplaceAll(text, "\n", " "))
}
