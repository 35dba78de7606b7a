package memo

// Version is a version of MeMo, the attribute memoVersion.
type Version uint8

// The versions. V10 is read and never written.
const (
	V10 Version = 10
	V11 Version = 11
	V12 Version = 12
)

func (v Version) String() string {
	switch v {
	case V10:
		return "1.0"
	case V11:
		return "1.1"
	case V12:
		return "1.2"
	}
	return "unknown"
}

// parseVersion is the version of an xs:decimal, 0 where there is no such version.
func parseVersion(s string) Version {
	switch s {
	case "1", "1.0":
		return V10
	case "1.1":
		return V11
	case "1.2":
		return V12
	}
	return 0
}
