package control

import (
	"errors"
	"fmt"
	"math"
	"time"

	"sluice/feed"
)

// The errors that are particular to an output.
var (
	// ErrNoOutput says that no output of that name is configured.
	ErrNoOutput = errors.New("unknown output")
	// ErrHoldsNone says that an output is of a kind that has no articles.
	ErrHoldsNone = errors.New("holds no articles")
)

// SplitRequest asks for an article to leave what an output shows as one.
type SplitRequest struct {
	Output  string `json:"output"`
	Article string `json:"article"` // an id, or an address that one article alone has
}

// JoinRequest asks for the stories of two articles to be one. Each is named as in a
// SplitRequest.
type JoinRequest struct {
	Articles [2]string `json:"articles"`
}

// ExplainRequest asks why an article is in an output, out of it or merged in it.
type ExplainRequest struct {
	Output  string `json:"output"`
	Article string `json:"article"` // an id, else an address or a guid
}

// Article is an article of a list, without secrets.
type Article struct {
	ID     string   `json:"id"` // as subscribers see it
	Source string   `json:"source"`
	URL    string   `json:"url"` // may be empty
	How    feed.How `json:"how"` // by what it came to be of the story; empty of the first
	Title  string   `json:"title,omitempty"`

	// Of all but the first: the id of the article that it joined, if that is stored,
	// when, by which rule, and the share of the shorter text that both have where texts
	// were compared.
	Joined   string     `json:"joined,omitempty"`
	JoinedAt *time.Time `json:"joined_at,omitempty"`
	Rule     string     `json:"rule,omitempty"`
	Score    float64    `json:"score,omitempty"`
	// Late says that it had been a story of its own before, Via by which later article
	// of both texts that was found, if that is stored, and ByHand that an operator joined
	// it.
	Late   bool   `json:"late,omitempty"`
	Via    string `json:"via,omitempty"`
	ByHand bool   `json:"by_hand,omitempty"`
}

// Story is the articles that are the same piece of writing, first stored first.
type Story struct {
	ID       string    `json:"id"` // that of the first article
	Articles []Article `json:"articles"`
}

// NewStory puts a story into words. show takes the secrets out of an article.
func NewStory(s feed.Story, show func(feed.Stored) feed.Stored) Story {
	story := Story{Articles: make([]Article, 0, len(s.Articles))}
	ids := make(map[uint64]string, len(s.Articles))
	for _, a := range s.Articles {
		one := NewArticle(show(a))
		ids[a.Seq] = one.ID
		story.Articles = append(story.Articles, one)
	}
	for i, a := range s.Articles {
		one := &story.Articles[i]
		j, joined := s.Joins[a.Identity]
		switch {
		case a.How != "":
			one.How, one.Joined, one.JoinedAt = a.How, ids[a.Identity], when(a.FirstSeen)
		case joined:
			one.How, one.Joined, one.JoinedAt = j.How, ids[j.To], when(j.At)
			one.Rule, one.Score = j.Reason, math.Round(j.Score*1000)/1000
			one.Late, one.Via, one.ByHand = j.Late && !j.Operator, ids[j.Via], j.Operator
		}
	}
	if len(story.Articles) > 0 {
		story.ID = story.Articles[0].ID
	}
	return story
}

// Explanation says why an article is in an output, out of it or merged in it. Beside
// the contract's keys it has some that are left out where they say nothing.
type Explanation struct {
	Output    string     `json:"output"`
	ID        string     `json:"id"`
	In        bool       `json:"in"`
	Reason    string     `json:"reason"`
	Rule      string     `json:"rule"`
	Story     Story      `json:"story"` // of the article alone where it has no other
	FirstSeen *time.Time `json:"first_seen"`

	Source string     `json:"source"`
	URL    string     `json:"url,omitempty"`
	Title  string     `json:"title,omitempty"`
	Entry  string     `json:"entry,omitempty"`   // id of the entry that stands for it
	Place  int        `json:"place,omitempty"`   // of that entry in the document, from 1
	Date   *time.Time `json:"date,omitempty"`    // shown as published
	Dated  bool       `json:"backlog,omitempty"` // it was no news when it came, and stands where Date puts it
	Edits  int        `json:"updates,omitempty"` // real changes since it was first seen
	Edited *time.Time `json:"updated,omitempty"` // the last of them
	GUIDs  string     `json:"guids,omitempty"`   // why its source's guids are not believed
}

// Explained is the answer to an ExplainRequest: of an address that several articles
// have, each.
type Explained struct {
	Articles []Explanation `json:"articles"`
	More     int           `json:"more,omitempty"` // articles of that address that are not among them
}

// NewExplanation puts an article, without secrets, and what is remembered of its source
// into words; what an output makes of it is the caller's to say.
func NewExplanation(a feed.Stored, guids feed.GUIDFault) Explanation {
	x := Explanation{
		ID: a.ID, Source: string(a.Source), URL: a.URL, Title: a.Title, FirstSeen: when(a.FirstSeen),
		Date: when(a.Date), Dated: a.Backlog || a.Place.Before(a.FirstSeen), Edits: int(a.Revision), GUIDs: string(guids),
	}
	if a.Revision > 0 {
		x.Edited = when(a.Changed)
	}
	return x
}

// NewArticle puts an article into words that has no secrets any more.
func NewArticle(a feed.Stored) Article {
	return Article{ID: a.ID, Source: string(a.Source), URL: a.URL, Title: a.Title}
}

// Parted is what came of a split.
type Parted struct {
	Article Article `json:"article"` // the one that was asked for
	Left    Story   `json:"left"`    // the story that it has now
	Rest    Story   `json:"rest"`    // the one that it left
}

// ManyError is the error of an address that several articles have.
type ManyError struct {
	Address  string
	Articles []Article
}

// Error implements error.
func (e *ManyError) Error() string {
	return fmt.Sprintf("%d articles are at %s; name one by its id", len(e.Articles), e.Address)
}
