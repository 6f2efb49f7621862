package render

const historyNamespace = "http://purl.org/syndication/history/1.0"

// History is where a document stands among those that make up a feed (RFC 5005).
// The zero value is a document that has neither a past nor a claim to be all there
// is. Each format names the documents of its own format.
type History struct {
	Archive  bool   // what is in it is there for good (section 4)
	Complete bool   // it has all entries that there are (section 2)
	Prev     *Links // the archive before this document; nil: none
	Next     *Links // the archive after this archive; nil: none
	Current  *Links // the subscription document that an archive belongs to; nil: none
}

// links are those by which readers walk from document to document. Of is the
// address in the format that is written, which is of that media type.
func (h History) links(mediaType string, of func(Links) string) []link {
	var list []link
	for _, to := range []struct {
		rel string
		doc *Links
	}{{"prev-archive", h.Prev}, {"next-archive", h.Next}, {"current", h.Current}} {
		if to.doc == nil {
			continue
		}
		if href := address(of(*to.doc)); href != "" {
			list = append(list, link{Rel: to.rel, Type: mediaType, Href: href})
		}
	}
	return list
}

// namespace is that of the marks, where there is one to declare.
func (h History) namespace() string {
	if h.Archive || h.Complete {
		return historyNamespace
	}
	return ""
}

// mark is an element whose presence says all.
type mark struct{}

// marked returns nil, which writes no element, unless it is to be.
func marked(yes bool) *mark {
	if yes {
		return &mark{}
	}
	return nil
}

// hubLinks name the hubs, each once (WebSub, section 4).
func hubLinks(hubs []string) []link {
	var l links
	for _, h := range hubs {
		l.add(link{Rel: "hub", Href: webAddress(h)})
	}
	return l.list
}
