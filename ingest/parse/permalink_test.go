package parse_test

import "testing"

func TestAPermalinkIsAnAddressAndAnIdByteForByte(t *testing.T) {
	doc := mustRead(t, inItem("<guid>https://e.example/a b#c\n\td</guid>"))
	if a := doc.Articles[0]; a.URL != "https://e.example/a%20b#cd" || a.GUID != "https://e.example/a b#c\n\td" {
		t.Errorf("address %q, id %q", a.URL, a.GUID)
	}
}
