package bolt

import (
	"testing"

	"sluice/feed"
	"sluice/storage/record"
)

// TestATextThatIsTakenBackDoesNotComeBackOutOfItsBlock has articles of a block say nothing any
// more, and something again.
func TestATextThatIsTakenBackDoesNotComeBackOutOfItsBlock(t *testing.T) {
	s := openTest(t)
	if _, err := s.SetSources(t.Context(), []feed.Source{{Name: "a", URL: "https://a.example/"}}); err != nil {
		t.Fatal(err)
	}
	put := func(content ...string) {
		t.Helper()
		err := s.update(t.Context(), func(tx *txn) error {
			for i, text := range content {
				a := feed.Stored{Seq: uint64(i + 1), Article: feed.Article{Content: text}}
				if err := s.putArticle(tx, record.Head{Source: 1, Stored: a}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.update(t.Context(), func(tx *txn) error {
		tx.gathered.on = true
		for seq := range uint64(4) {
			a := feed.Stored{Seq: seq + 1, Article: feed.Article{Content: "<p>As it came.</p>"}}
			if err := s.addArticle(tx, record.Head{Source: 1, Stored: a}); err != nil {
				return err
			}
			if err := s.fillTexts(tx, &a); err != nil || a.Content == "" { // before it is anywhere
				t.Errorf("it says %q, %v", a.Content, err)
			}
		}
		return s.putGathered(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	says := func(want ...string) {
		t.Helper()
		err := s.view(t.Context(), func(tx *txn) error {
			for i, text := range want {
				a := feed.Stored{Seq: uint64(i + 1)}
				if err := s.fillTexts(tx, &a); err != nil || a.Content != text {
					t.Errorf("article %d says %q, %v, want %q", a.Seq, a.Content, err, text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const was = "<p>As it came.</p>"
	put("")
	says("", was, was, was)
	put("", "<p>Edited.</p>") // half of the block is left, and written anew
	says("", "<p>Edited.</p>", was, was)
	put("<p>Again.</p>", "", "", "") // nothing of it is
	says("<p>Again.</p>", "", "", "")
	put("", "", "", "<p>Last.</p>")
	says("", "", "", "<p>Last.</p>")
	err = s.view(t.Context(), func(tx *txn) error {
		if k, _ := tx.bucket(bBlocks).Cursor().First(); k != nil {
			t.Errorf("a block of which nothing is read is left: %x", k)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
