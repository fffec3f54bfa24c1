// Package cron reads schedules as Cloud Scheduler takes them, and says when they are
// due: it finds a fault before a request is made, and shows people what they wrote.
// It asks nobody, and reads no clock.
package cron

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // a scratch image has no zones, and every machine its own

	"github.com/robfig/cron/v3"
)

// Schedule is a schedule in a time zone. The zero value is none.
type Schedule struct {
	Text, Zone string
	spec       *cron.SpecSchedule
	at         *time.Location
}

// names of the five fields, in their order, with what each takes.
var names = [5]string{"minute (0-59)", "hour (0-23)", "day of the month (1-31)", "month (1-12, JAN-DEC)", "day of the week (0-7, SUN-SAT)"}

// parsers are for one field each, so that a fault has its place.
var parsers = [5]cron.Parser{
	cron.NewParser(cron.Minute), cron.NewParser(cron.Hour), cron.NewParser(cron.Dom), cron.NewParser(cron.Month), cron.NewParser(cron.Dow),
}

// item is one of a field's, between commas: of a range or * every so many.
var item = regexp.MustCompile(`^(?:\*|[0-9]{1,2}|[A-Z]{3}|(?:[0-9]{1,2}|[A-Z]{3})-(?:[0-9]{1,2}|[A-Z]{3}))$|^(?:\*|[0-9A-Z]{1,3}-[0-9A-Z]{1,3})/[1-9][0-9]?$`)

// Parse reads five fields and the name of a time zone; "" is UTC. The errors say
// which field is wrong, and what it takes.
func Parse(text, zone string) (Schedule, error) {
	at, err := Zone(zone)
	if err != nil {
		return Schedule{}, err
	}
	fields := strings.Fields(text)
	if len(fields) != len(names) {
		return Schedule{}, fmt.Errorf("%q has %d fields, not five: minute, hour, day of the month, month, day of the week", text, len(fields))
	}
	for i, f := range fields {
		for _, part := range strings.Split(f, ",") {
			if !item.MatchString(part) {
				return Schedule{}, fmt.Errorf("%q of %q is no %s", part, text, names[i])
			}
		}
		if i == 4 {
			fields[i] = weekdays(f)
		}
		if _, err := parsers[i].Parse(fields[i]); err != nil {
			return Schedule{}, fmt.Errorf("%q of %q is no %s", f, text, names[i])
		}
	}
	all, err := cron.ParseStandard(strings.Join(fields, " "))
	if err != nil {
		return Schedule{}, fmt.Errorf("%q: %w", text, err)
	}
	spec := all.(*cron.SpecSchedule)
	spec.Location = at
	s := Schedule{Text: text, Zone: zone, spec: spec, at: at}
	if spec.Next(leapYear).IsZero() {
		return Schedule{}, fmt.Errorf("%q is on no day of any year", text)
	}
	return s, nil
}

// leapYear is where a search finds every day that there is.
var leapYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// Zone is a time zone by its name: "Europe/Berlin". "" is UTC.
func Zone(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "UTC") {
		return time.UTC, nil
	}
	at, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%q is no time zone", name)
	}
	return at, nil
}

// Next gives the n times after a time, on the zone's clock. A time that a clock put
// forward leaves out is not among them; one that a clock put back shows twice is
// there twice.
func (s Schedule) Next(after time.Time, n int) (all []time.Time) {
	for range n {
		if after = s.spec.Next(after); after.IsZero() {
			break
		}
		all = append(all, after.In(s.at))
	}
	return all
}

// weekdays writes a field without the second name of Sunday.
func weekdays(f string) string {
	const week = "0123456"
	var out []string
	for _, part := range strings.Split(f, ",") {
		span, step, stepped := strings.Cut(part, "/")
		from, to, isRange := strings.Cut(span, "-")
		switch {
		case span == "7":
			part = "0"
		case isRange && to == "7" && from == "7":
			part = "0"
		case isRange && to == "7" && len(from) == 1 && strings.Contains(week, from) && !stepped:
			part = from + "-6,0"
		case isRange && to == "7" && len(from) == 1 && strings.Contains(week, from):
			var days []string
			every := int(step[0] - '0')
			if len(step) > 1 {
				every = 8
			}
			for day := int(from[0] - '0'); day <= 7; day += every {
				days = append(days, week[day%7:day%7+1])
			}
			part = strings.Join(days, ",")
		}
		out = append(out, part)
	}
	return strings.Join(out, ",")
}
