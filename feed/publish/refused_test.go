package publish_test

import (
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
)

func TestArticlesThatComeAndAreKeptOutAreCountedOnce(t *testing.T) {
	for name, rule := range map[string]string{
		"by title": `!title.contains("horoscope")`, "by time": `!title.contains("horoscope") && published < now + duration("24h")`,
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{}
			o := output()
			o.Limit = 2
			b := publish.NewBuilder(s, compile(t, o, rule, nil), site, 1000)
			pub := feed.Publication{Since: start, History: &feed.History{}}
			build := func(minute int) int {
				var err error
				if _, pub, err = b.Build(t.Context(), infos(), pub, start.Add(time.Duration(minute)*time.Minute)); err != nil {
					t.Fatal(err)
				}
				return b.Refused()
			}
			add := func(titles ...string) {
				for _, title := range titles {
					a := article(len(s.articles)+1, "a")
					a.Title = title
					s.articles = append(s.articles, a)
				}
			}
			add("horoscope of old", "news")
			if n := build(1); n != 0 {
				t.Errorf("what was there counts: %d", n)
			}
			add("horoscope", "news", "news", "news", "horoscope")
			if n := build(2); n != 2 {
				t.Errorf("%d of two counted", n)
			}
			if n := build(3); n != 0 {
				t.Errorf("counted again: %d", n)
			}
			edit(&s.articles[0], "horoscope, corrected")
			if n := build(4); n != 0 {
				t.Errorf("an edit counts: %d", n)
			}
		})
	}
}
