package parse

import (
	"strings"

	"sluice/feed"
)

// person reads what RSS writes into one text: "mail (Name)", "Name (mail)",
// "Name <mail>", a mail address or a name.
func person(s string) feed.Person {
	s = line(strings.ReplaceAll(strings.ReplaceAll(s, "<", " ("), ">", ")"))
	s = strings.TrimPrefix(s, "mailto:")
	outer, inner := s, ""
	if open := strings.LastIndexByte(s, '('); open >= 0 && strings.HasSuffix(s, ")") {
		outer, inner = strings.TrimSpace(s[:open]), strings.TrimSpace(s[open+1:len(s)-1])
	}
	inner = strings.TrimPrefix(inner, "mailto:")
	switch {
	case isMail(outer) && inner != outer:
		return feed.Person{Name: inner, Email: outer}
	case isMail(outer):
		return feed.Person{Email: outer}
	case isMail(inner):
		return feed.Person{Name: strings.Trim(outer, `"`), Email: inner}
	}
	return feed.Person{Name: s}
}

func isMail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && !strings.ContainsAny(s, " ()<>,;")
}

// author adds a person unless empty or named already.
func author(a *feed.Article, who feed.Person) {
	if who == (feed.Person{}) {
		return
	}
	for i, have := range a.Authors {
		if who.Name != "" && have.Name == who.Name || who.Name == "" && who.Email != "" && have.Email == who.Email {
			if have.Email == "" {
				a.Authors[i].Email = who.Email
			}
			if have.URL == "" {
				a.Authors[i].URL = who.URL
			}
			return
		}
	}
	if len(a.Authors) < maxCategories {
		a.Authors = append(a.Authors, who)
	}
}
