// Looks at a page as people see it and returns what is wrong with it: text that is too
// faint, and what is wider than the window. It works on HTML and on XML that has a style.
(() => {
	const parse = color => {
		const m = color.match(/^rgba?\(([^)]*)\)$/)
		if (!m) throw new Error("cannot read the colour " + color)
		const [r, g, b, a = 1] = m[1].split(/[ ,/]+/).map(Number)
		return {r, g, b, a}
	}
	const over = (top, below) => ({
		r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a), b: top.b * top.a + below.b * (1 - top.a), a: 1,
	})
	// WCAG 2.2, "relative luminance" and "contrast ratio".
	const luminance = ({r, g, b}) => {
		const [x, y, z] = [r, g, b].map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		return 0.2126 * x + 0.7152 * y + 0.0722 * z
	}
	const contrast = (a, b) => {
		const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
		return (light + 0.05) / (dark + 0.05)
	}
	const background = (el, own) => {
		const layers = own ? [own] : []
		for (; el; el = el.parentElement) layers.push(parse(getComputedStyle(el).backgroundColor))
		let color = {r: 255, g: 255, b: 255, a: 1}
		for (const layer of layers.reverse()) color = over(layer, color)
		return color
	}
	const found = {texts: 0, least: 21, faint: [], wide: []}
	const judge = (el, style, text, own) => {
		const behind = background(el, own), ratio = contrast(over(parse(style.color), behind), behind)
		found.texts++
		found.least = Math.min(found.least, ratio)
		if (ratio < 4.5) found.faint.push(`${el.localName} ${style.color}: ${ratio.toFixed(2)} ${text.slice(0, 40)}`)
	}
	for (const el of document.documentElement.querySelectorAll(":scope, *")) {
		if (!el.checkVisibility()) continue
		const style = getComputedStyle(el)
		for (const node of el.childNodes) {
			if (node.nodeType === Node.TEXT_NODE || node.nodeType === Node.CDATA_SECTION_NODE) {
				if (node.data.trim()) judge(el, style, node.data.trim())
			}
		}
		for (const which of ["::before", "::after"]) {
			const made = getComputedStyle(el, which)
			if (!["none", "normal", '""'].includes(made.content)) judge(el, made, made.content, parse(made.backgroundColor))
		}
		const {left, right, width} = el.getBoundingClientRect()
		if (width > 0 && (right > innerWidth + 0.5 || left < -0.5)) found.wide.push(`${el.localName} from ${left} to ${right} of ${innerWidth}`)
	}
	if (document.documentElement.scrollWidth > innerWidth) found.wide.push(`the page scrolls: ${document.documentElement.scrollWidth} of ${innerWidth}`)
	return found
})()
