package citizen

import "digitalpost/internal/web"

// texts are the words of all areas, each in a file of its own.
var texts = []web.Texts{frontTexts, boxesTexts, helpTexts, settingsTexts, writeTexts, listTexts, foldersTexts, bulkTexts, searchTexts, letterTexts, deadlineTexts, trusteeTexts, virkTexts, teamTexts, appointTexts, extractTexts, accessTexts}
