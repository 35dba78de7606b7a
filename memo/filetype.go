package memo

import "strings"

// FileType is a type of file that letters may carry.
type FileType struct {
	Extension string // in small letters, without the dot
	// MediaTypes are the values of encodingFormat that go with the extension. The
	// first is the proper one.
	MediaTypes []string
}

// DefaultFileTypes are the types that may be shown to people. The official
// list is not public; this is the one that senders follow, with other spellings
// of the same formats (htm, jpeg, tiff) added. It has application/msword for rtf
// because senders do.
var DefaultFileTypes = []FileType{
	{"pdf", []string{"application/pdf"}},
	{"html", []string{"text/html"}},
	{"htm", []string{"text/html"}},
	{"txt", []string{"text/plain"}},
	{"doc", []string{"application/msword"}},
	{"docx", []string{"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}},
	{"rtf", []string{"application/rtf", "text/rtf", "application/msword"}},
	{"bmp", []string{"image/bmp"}},
	{"gif", []string{"image/gif"}},
	{"jpg", []string{"image/jpeg", "image/jpg"}},
	{"jpeg", []string{"image/jpeg", "image/jpg"}},
	{"png", []string{"image/png"}},
	{"tif", []string{"image/tiff"}},
	{"tiff", []string{"image/tiff"}},
	{"xls", []string{"application/vnd.ms-excel"}},
	{"xlsx", []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}},
	{"odt", []string{"application/vnd.oasis.opendocument.text"}},
	{"ods", []string{"application/vnd.oasis.opendocument.spreadsheet"}},
}

// allows tells whether the encodingFormat goes with the type. Letter case and
// parameters such as charset are passed over.
func (t FileType) allows(encodingFormat string) bool {
	mediaType, _, _ := strings.Cut(encodingFormat, ";")
	mediaType = strings.TrimSpace(mediaType)
	for _, m := range t.MediaTypes {
		if strings.EqualFold(m, mediaType) {
			return true
		}
	}
	return false
}

// Extension is a file name's extension in small letters without the dot, ""
// where there is none. Spaces and dots at the end, which Windows drops, do not
// hide it.
func Extension(filename string) string {
	name := strings.TrimRight(filename, " .")
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}
	return strings.ToLower(name[i+1:])
}

// programs are extensions that some computer runs when the file is opened:
// programs, scripts, installers, shortcuts, disk images, Office files with macros.
var programs = func() map[string]bool {
	set := map[string]bool{}
	for _, extension := range strings.Fields(`
		exe com scr pif dll sys ocx cpl msi msp mst msix appx application appref-ms gadget
		bat cmd vbs vbe js jse mjs ws wsf wsh wsc sct ps1 psm1 psd1 hta chm reg inf scf lnk url
		sh bash csh ksh zsh command py pyc pyw pl rb php jar class jnlp apk ipa app dmg pkg deb rpm run
		iso img vhd vhdx docm dotm xlsm xltm xlam xlsb xll pptm potm ppam ppsm sldm`) {
		set[extension] = true
	}
	return set
}()
