package fare

import (
	"fmt"
	"strings"

	"sluice/feed"
)

// what is what a source does that fails, as a predicate. The error is asked where the kind
// of the failure was not noted, and where it alone says what came instead of a feed.
func what(st *feed.SourceState) string {
	switch st.Fault {
	case feed.FaultHTTP:
		answer, _, _ := strings.Cut(strings.TrimPrefix(Short(st.Error), "answered "), ",")
		return "answers " + answer
	case feed.FaultChallenge:
		return fmt.Sprintf("answers with a page that only browsers pass (%d)", st.Code)
	case feed.FaultNoHost:
		return "cannot be found"
	case feed.FaultNetwork:
		return "cannot be reached"
	case feed.FaultInterrupted:
		return "breaks off in the middle of its document"
	case feed.FaultTimeout:
		return "does not answer in time"
	case feed.FaultCertificate:
		return "shows a certificate that is not valid"
	case feed.FaultRedirect:
		return "redirects to nowhere"
	case feed.FaultTooLarge:
		return "sends more than is allowed"
	case feed.FaultNotFeed:
		return "answers with something that is no feed"
	case feed.FaultParse:
		return "sends a document that cannot be read"
	case feed.FaultBlocked:
		return "leads to a private address"
	case feed.FaultFile:
		return "is a file that cannot be read"
	case feed.FaultStore:
		return "sends what the store does not take"
	}
	return "fails: " + Short(st.Error)
}

// meaning is what a failure means, and what its operator can do.
func meaning(st *feed.SourceState) (means, advice string) {
	switch st.Fault {
	case feed.FaultHTTP:
		return status(st.Code)
	case feed.FaultChallenge:
		return "A wall in front of the site takes sluice for a robot that it does not want.", "Ask the publisher to let feed readers pass."
	case feed.FaultNoHost:
		return "The name of its host has no address: it is wrong, or its owner gave it up.", Elsewhere + "."
	case feed.FaultNetwork:
		return "Its server is down, or something between here and there is.", "Mostly this passes. If it stays so, see whether a browser on this machine reaches it."
	case feed.FaultInterrupted:
		return "What came was not whole, and nothing of it was stored.", "Mostly this passes. If it stays so, tell the publisher."
	case feed.FaultTimeout:
		return "Its server is slow, or overloaded.", "Mostly this passes. If it is always slow, raise ingest.timeout."
	case feed.FaultCertificate:
		return "Nobody can say that it is the publisher who answers.",
			"Tell the publisher. If you know the server, insecure_tls of the source has it read all the same."
	case feed.FaultRedirect:
		return "Its server sends readers in a circle, or to an address that is none.", Elsewhere + ", or tell the publisher."
	case feed.FaultTooLarge:
		return "A document beyond a limit is refused as a whole, and not cut.", "If the feed is meant to be so long, raise ingest.max_body; other limits are fixed."
	case feed.FaultNotFeed:
		return "A page, an error or a login stands where the feed was.", Elsewhere + "; \"sluice discover\" finds the feeds of a page."
	case feed.FaultParse:
		return "It is damaged beyond what can be mended.", "Tell the publisher."
	case feed.FaultBlocked:
		return "Strangers must not make sluice ask machines of this network.", "If you trust it, name the address or the host in allow_private of the source."
	case feed.FaultFile:
		return "It is not there, or the daemon may not read it.", "See to the file and its rights."
	case feed.FaultStore:
		return "The poll was not stored.", "Run \"sluice verify\", and see the log."
	}
	return "", Elsewhere + "."
}

// status is meaning of an answer with a status that brings no document.
func status(code int) (means, advice string) {
	const server = "Mostly this passes; nothing is to be done unless it stays so."
	switch {
	case code == 401:
		return "The publisher wants a login, or the one that is configured is wrong.", "Check auth and headers of the source."
	case code == 403:
		return "The publisher refuses us.", "Check auth and headers of the source; else ask the publisher to let feed readers pass."
	case code == 404:
		return "There is no such document.", Elsewhere + "."
	case code == 407:
		return "The proxy wants a login.", "Check the user info in proxy of the source."
	case code == 429:
		return "The publisher finds that we ask too often. From now on the host is asked less often.", "If it goes on, set a longer interval."
	case code == 451:
		return "The publisher may not show it for legal reasons.", "It is asked weekly. If that is for good, remove the source."
	case code >= 500:
		return "The publisher's server is in trouble.", server
	case code >= 400:
		return "The publisher's server does not accept the request.", Elsewhere + ", and check headers of the source."
	}
	return "The answer brings no document.", Elsewhere + "."
}
