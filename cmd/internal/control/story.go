package control

import (
	"errors"
	"fmt"

	"sluice/feed"
)

// ErrNoOutput says that no output of that name is configured.
var ErrNoOutput = errors.New("unknown output")

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

// Article is an article of a list, without secrets.
type Article struct {
	ID     string   `json:"id"` // as subscribers see it
	Source string   `json:"source"`
	URL    string   `json:"url"` // may be empty
	How    feed.How `json:"how"` // by what it came to be of the story; empty of the first
	Title  string   `json:"title,omitempty"`
	// ByHand says that an operator joined it.
	ByHand bool `json:"by_hand,omitempty"`
}

// Story is the articles that are the same piece of writing, first stored first.
type Story struct {
	ID       string    `json:"id"` // that of the first article
	Articles []Article `json:"articles"`
}

// NewStory puts a story into words. show takes the secrets out of an article.
func NewStory(s feed.Story, show func(feed.Stored) feed.Stored) Story {
	story := Story{Articles: make([]Article, 0, len(s.Articles))}
	for i, a := range s.Articles {
		one := NewArticle(show(a))
		if i > 0 {
			one.How = s.Relation(s.Articles[0], a)
			one.ByHand = a.Seq == a.Identity && s.Joins[a.Identity].Operator
		}
		story.Articles = append(story.Articles, one)
	}
	if len(story.Articles) > 0 {
		story.ID = story.Articles[0].ID
	}
	return story
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
