// Stands in front of everything else in a document. The document's policy forbids
// whatever a feed's text must not do, but only reports it: so nothing can run
// without being seen, whatever it does.
window.ran = []
addEventListener("securitypolicyviolation", e => ran.push(e.effectiveDirective + " " + e.blockedURI))
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
	window[name] = () => { ran.push(name) }
}
