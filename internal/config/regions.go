package config

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// The keys that say where a service runs: in one region, or in several.
const (
	oneRegion   = "region"
	manyRegions = "regions"
)

// Home is the region of the images, and of builds that are placed nowhere else: the first of several.
func (c *Config) Home() string {
	if len(c.Regions) > 0 {
		return c.Regions[0]
	}
	return c.Region
}

// Elsewhere is the region of the service, where that is another than Home; else "".
func (c *Config) Elsewhere() string {
	if c.Region == c.Home() {
		return ""
	}
	return c.Region
}

// Everywhere are all regions that the service is released to.
func (c *Config) Everywhere() []string {
	if len(c.Regions) > 0 {
		return c.Regions
	}
	return []string{c.Region}
}

// eitherRegion refuses a part of a file that says both.
func (l layer) eitherRegion() error {
	v, several := l[manyRegions]
	if _, one := l[oneRegion]; one && several {
		return v.fail(manyRegions, Wrong("Remove one of them.", "and "+oneRegion+" stand in the same place"))
	}
	return nil
}

// placedBy takes out of a base what a layer over it says otherwise of regions. In a file
// one region stands in place of several; a flag or a variable chooses it among them.
func (l layer) placedBy(base layer, file bool) {
	if _, several := l[manyRegions]; several {
		delete(base, oneRegion)
	}
	if _, one := l[oneRegion]; one && file {
		delete(base, manyRegions)
	}
}

// home is the region that a layer names first.
func (l layer) home() string {
	v, several := l[manyRegions]
	if !several {
		return l[oneRegion].text
	}
	items, err := elements(manyRegions, v)
	if err != nil || len(items) == 0 {
		return "" // reading it as a key tells what is wrong
	}
	return items[0].text
}

// inRegions checks several regions, and finds which of them a run is about: the one that is
// chosen, or the first. Where it is about each of them, the error is Several.
func (c *Config) inRegions(settings layer, s schema, each bool) error {
	v, said := settings[manyRegions]
	if !said {
		return nil
	}
	first, at := settings[oneRegion], c.Origin[manyRegions]
	for n, region := range c.Regions {
		if slices.Contains(c.Regions[:n], region) {
			return v.fail(manyRegions, Wrong("Name it once.", "names %s twice", region))
		}
	}
	switch {
	case len(c.Regions) == 0:
		return v.fail(manyRegions, Wrong("Name one, or remove the key.", "names no region"))
	case len(c.Regions) > 1 && s.chosen.OneRegion:
		return v.fail(manyRegions, Wrong("Name one with "+oneRegion+".", "are several, and a project has one alone for %s", s.chosen.Name))
	case c.Region != "" && !slices.Contains(c.Regions, c.Region):
		return first.fail(oneRegion, Wrong(nearest(c.Region, c.Regions), "is %s, which is none of regions (%s)", c.shown(oneRegion, c.Region), at).Repeats())
	case c.Region == "" && each && len(c.Regions) > 1:
		return c.eachRegion(at)
	case c.Region == "":
		c.Region, c.Origin[oneRegion] = c.Regions[0], at
	}
	return nil
}

// eachRegion is the error of a run that is about each of several regions. The first has the
// images, so it comes first; what failed in one region is not released to those after it.
func (c *Config) eachRegion(at string) error {
	several := &Several{usage: errs.New(errs.Usage, "Name one of them with --region.", "there are several regions (%s): %s", at, strings.Join(c.Regions, ", "))}
	for n, region := range c.Regions {
		m := Member{Name: region, Region: region}
		switch {
		case n > 0 && c.RegionsTogether:
			m.DependsOn = []string{c.Regions[0]}
		case n > 0:
			m.DependsOn = []string{c.Regions[n-1]}
		}
		several.Members = append(several.Members, m)
	}
	return several
}
