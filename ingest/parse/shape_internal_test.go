package parse

import (
	"strings"
	"testing"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

func TestValuesAreKeptInTheFormThatValidatorsWant(t *testing.T) {
	for name, tt := range map[string]struct{ space, element, key, value, want string }{
		"seconds":                     {feed.SpaceITunes, "duration", "", "3723", "3723"},
		"hours, minutes and seconds":  {feed.SpaceITunes, "duration", "", "1:02:03", "1:02:03"},
		"a duration in words":         {feed.SpaceITunes, "duration", "", "1h 2m", ""},
		"seventy seconds":             {feed.SpaceITunes, "duration", "", "1:70", ""},
		"explicit as it was":          {feed.SpaceITunes, "explicit", "", "Yes", "true"},
		"clean":                       {feed.SpaceITunes, "explicit", "", "clean", "false"},
		"blocked as it is not":        {feed.SpaceITunes, "block", "", "true", "yes"},
		"an episode before the first": {feed.SpaceITunes, "episode", "", "0", ""},
		"a title in capitals":         {feed.SpaceITunes, "title", "", "TIDE", "TIDE"},
		"a long title":                {feed.SpaceITunes, "title", "", strings.Repeat("x", 300), strings.Repeat("x", 300)},
		"a long subtitle":             {feed.SpaceITunes, "subtitle", "", strings.Repeat("x", 256), ""},
		"words without commas":        {feed.SpaceITunes, "keywords", "", "salt and tide", ""},
		"a point":                     {feed.SpaceGeoRSS, "point", "", "54.32 -10.1", "54.32 -10.1"},
		"half a point":                {feed.SpaceGeoRSS, "point", "", "54.32", ""},
		"a line":                      {feed.SpaceGeoRSS, "line", "", "1 2 3.5 4", "1 2 3.5 4"},
		"a line with an end missing":  {feed.SpaceGeoRSS, "line", "", "1 2 3", ""},
		"a bit rate with a fraction":  {feed.SpaceMedia, "content", "bitrate", "128.5", "128.5"},
		"a height that is none":       {feed.SpaceMedia, "content", "height", "tall", ""},
		"a picture without a height":  {feed.SpaceMedia, "thumbnail", "height", "0", ""},
		"a time of a picture":         {feed.SpaceMedia, "thumbnail", "time", "0:01:02.5", "0:01:02.5"},
		"a value of no known form":    {feed.SpacePodcast, "person", "role", "Host", "Host"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shaped(tt.space, tt.element, tt.key, tt.value); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestElementsThatMeanNothingByThemselvesAreLeftOut(t *testing.T) {
	media := func(name, text string, attrs ...feed.Attr) feed.Extension {
		return feed.Extension{Space: feed.SpaceMedia, Name: name, Text: text, Attrs: attrs}
	}
	at := func(name, text string) feed.Extension {
		return feed.Extension{Space: feed.SpaceGeo, Name: name, Text: text}
	}
	point := func(in ...feed.Extension) feed.Extension {
		return feed.Extension{Space: feed.SpaceGeo, Name: "Point", Elements: in}
	}
	for name, tt := range map[string]struct {
		in, want feed.Extension
		ok       bool
	}{
		"a picture":                   {in: media("thumbnail", "", feed.Attr{Name: "url", Value: "https://a.example/"}), ok: true},
		"a picture of nothing":        {in: media("thumbnail", "", feed.Attr{Name: "width", Value: "7"})},
		"a restriction":               {in: media("restriction", "at de", feed.Attr{Name: "relationship", Value: "allow"}, feed.Attr{Name: "type", Value: "country"}), ok: true},
		"a restriction of no kind":    {in: media("restriction", "at de", feed.Attr{Name: "relationship", Value: "allow"})},
		"a rating":                    {in: media("rating", "nonadult"), ok: true},
		"a rating of a reader":        {in: media("rating", "fine")},
		"a role that is on the list":  {in: media("credit", "Dana", feed.Attr{Name: "role", Value: "producer"}), ok: true},
		"a role that is on none":      {in: media("credit", "Dana", feed.Attr{Name: "role", Value: "coxswain"}), want: media("credit", "Dana"), ok: true},
		"a point":                     {in: point(at("lat", "1"), at("long", "2")), ok: true},
		"a point and how high it is":  {in: point(at("alt", "3"), at("lat", "1"), at("long", "2")), want: point(at("lat", "1"), at("long", "2")), ok: true},
		"a point with half a place":   {in: point(at("lat", "1"))},
		"an element without anything": {in: feed.Extension{Space: feed.SpacePodcast, Name: "person"}},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.want.Name == "" {
				tt.want = tt.in
			}
			got, ok := whole(tt.in)
			if ok != tt.ok {
				t.Errorf("kept is %v, want %v", ok, tt.ok)
			}
			if len(got.Attrs) == 0 {
				got.Attrs = nil
			}
			if d := cmp.Diff(got, tt.want); ok && d != "" {
				t.Errorf("(got, want):\n%s", d)
			}
		})
	}
}
