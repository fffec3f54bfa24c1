package cron

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CheckWords refuses what is no schedule of a cron.yaml: in App Engine's words, as
// "every 24 hours", "every monday 09:00" or "1st,third sat of month 17:00", or in
// the five fields that Parse reads. Source of the grammar:
// cloud.google.com/appengine/docs/flexible/scheduling-jobs-with-cron-yaml.
func CheckWords(text string) error {
	p := words{rest: strings.Fields(strings.ReplaceAll(strings.ToLower(text), ",", " , "))}
	if p.schedule() && len(p.rest) == 0 {
		return nil
	}
	if len(strings.Fields(text)) == len(names) && strings.ContainsAny(text[:1], "*0123456789") {
		_, err := Parse(text, "")
		return err
	}
	return fmt.Errorf(`%q is no schedule such as "every 24 hours", "every monday 09:00" or "1 of jan,july 00:00"`, text)
}

// words are those of a schedule that are still to be read.
type words struct{ rest []string }

// kinds of words.
const (
	ordinal  = `^(1st|first|2nd|second|3rd|third|4th|fourth|5th|fifth)$`
	weekday  = `^(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?)$`
	monthday = `^(0?[1-9]|[12][0-9]|3[01])$`
	month    = `^(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(tember)?|oct(ober)?|nov(ember)?|dec(ember)?)$`
	clock    = `^([01]?[0-9]|2[0-3]):[0-5][0-9]$`
)

// is takes the next word if it is of a kind.
func (p *words) is(kind string) bool {
	if len(p.rest) == 0 || !regexp.MustCompile(kind).MatchString(p.rest[0]) {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// list takes words of a kind with commas between.
func (p *words) list(kind string) bool {
	for p.is(kind) {
		if !p.is("^,$") {
			return true
		}
	}
	return false
}

// phrase takes these words, or none.
func (p *words) phrase(all ...string) bool {
	if len(p.rest) < len(all) || !slices.Equal(p.rest[:len(all)], all) {
		return false
	}
	p.rest = p.rest[len(all):]
	return true
}

func (p *words) schedule() bool {
	every := p.phrase("every")
	if every && p.is(`^[1-9][0-9]*$`) {
		if !p.is(`^(hours|mins|minutes)$`) {
			return false
		}
		if p.phrase("from") {
			return p.is(clock) && p.phrase("to") && p.is(clock)
		}
		p.phrase("synchronized")
		return true
	}
	days := every || p.list(ordinal)
	if days && !p.phrase("day") && !p.list(weekday) || !days && !p.list(monthday) {
		return false
	}
	switch of := p.phrase("of"); {
	case of && !p.phrase("month") && !p.phrase("quarter") && !p.list(month) &&
		!(p.list(`^(1st|first|2nd|second|3rd|third)$`) && p.phrase("month", "of", "quarter")):
		return false
	case !of && !days: // days of no month
		return false
	}
	return p.is(clock)
}
