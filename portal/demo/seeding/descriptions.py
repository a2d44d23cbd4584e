"""What the sample shop says of its courses, as HTML: that is how a shop's staff write it."""

_TEXTS = {
    "SUSHI": (
        "Maki, Nigiri und eine große Rolle zum Teilen: An diesem Abend lernen Sie, wie der Reis gelingt, wie man "
        "Fisch schneidet und warum das Messer wichtiger ist als die Matte.",
        "Alle Zutaten und eine Schürze sind dabei. Zum Essen gibt es Tee und Misosuppe.",
    ),
    "PASTA": (
        "Eier, Mehl und etwas Geduld: Wir kneten, walzen und füllen Tagliatelle, Tortellini und Lasagne, wie man "
        "sie in Bologna isst. Dazu kocht in aller Ruhe ein Ragù.",
        "Gegessen wird gemeinsam an der langen Tafel, ein Glas Wein ist dabei.",
    ),
    "THAI": (
        "Süß, sauer, salzig, scharf: Wir mahlen eine Currypaste im Mörser und kochen drei Gerichte aus dem Norden "
        "Thailands, eines davon ohne Fleisch.",
        "Wie scharf es wird, entscheiden Sie selbst.",
    ),
    "BROT": (
        "Ein Tag rund um Sauerteig: ansetzen, falten, formen, backen. Sie backen zwei Brote und nehmen einen "
        "Starter mit nach Hause.",
        "Mittags gibt es Suppe und das erste Brot aus dem Ofen.",
    ),
    "MACARONS": (
        "Knusprige Schale, weicher Kern: In kleiner Runde zeigen wir, wie die Schalen gleichmäßig werden und wie "
        "man sie mit Ganache und Früchten füllt.",
        "Eine Schachtel mit zwölf Macarons geht mit nach Hause.",
    ),
    "DREHEN": (
        "An der Drehscheibe entsteht Ihre erste Schale. Wir zentrieren, ziehen hoch und drehen ab, jeder an einer "
        "eigenen Scheibe.",
        "Zwei Stücke werden glasiert und gebrannt. Nach vier Wochen liegen sie zum Abholen bereit.",
    ),
    "AUFBAU": (
        "Ganz ohne Scheibe: Aus Rollen und Platten bauen wir Schalen und Vasen auf und geben ihnen mit Stempeln "
        "und Ritzen eine Oberfläche.",
        "Ton, Glasur und Brand sind im Preis enthalten.",
    ),
    "GESCHIRR": (
        "Teller, Becher, Müslischale: Große und Kleine bemalen zusammen ihr Lieblingsgeschirr.",
        "Für Kinder ab fünf Jahren in Begleitung. Farben und Brand sind dabei.",
    ),
    "RAKU": (
        "Glühend aus dem Ofen, dann in Laub und Späne: Beim Raku-Brand entscheidet das Feuer mit. Sie glasieren "
        "drei Stücke und holen sie noch am selben Nachmittag aus der Asche.",
        "Wir arbeiten im Freien, bitte ziehen Sie feste Schuhe an.",
    ),
    "ROTWEIN": (
        "Lemberger, Trollinger, Spätburgunder: sieben Rotweine aus Württemberg, vom leichten Vesperwein bis zum "
        "Großen Gewächs.",
        "Dazu gibt es Brot, Käse und viele Geschichten aus dem Keller.",
    ),
    "KAESE": (
        "Sechs Käse, sechs Weine und die Frage, warum manche sich lieben und andere nicht.",
        "Auf Wunsch auch mit Traubensaft.",
    ),
    "GIN": (
        "Wacholder, Zitrus, Kräuter: Wir verkosten fünf Gins, riechen an ihren Zutaten und mischen einen eigenen "
        "Gin Tonic.",
        "Ab 18 Jahren.",
    ),
    "RUM": (
        "Daiquiri, Mai Tai, Mojito: vier Cocktails zum Selbermixen, mit frischen Früchten und gutem Rum.",
        "Ab 18 Jahren.",
    ),
}


def describe(sku: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in _TEXTS.get(sku, ()))
