package plan

import "strings"

// home is the region of the repository, where that is another than the release's.
func (p Place) home() string {
	if p.Home == p.Region {
		return ""
	}
	return p.Home
}

// Elsewhere is the region of the release, where that is another than the repository's; else "".
func (p Plan) Elsewhere() string {
	if p.Home == "" {
		return ""
	}
	return p.Release.Region
}

// Regions are the repository's and the release's, where they are two.
func (p Plan) Regions() []string {
	if p.Home == "" {
		return nil
	}
	return []string{p.Home, p.Release.Region}
}

// regionTag begins the tags of the Builder image that say where else images of its repository
// are released: who removes images asks there, too. That image always stays.
const regionTag = "region-"

// RegionTag is that of a region.
func RegionTag(region string) string { return regionTag + region }

// TaggedRegion is the region that a tag is of.
func TaggedRegion(tag string) (region string, ok bool) { return strings.CutPrefix(tag, regionTag) }
