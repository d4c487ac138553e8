"""Words of three and of five letters, in common use, for games with words."""

_THREE = """
ace act age aid aim air ale ant ape arc ark arm art ash ask ate awe axe bad bag ban bar bat bay bed bee beg bet bid
big bin bit boa bog bow box boy bud bug bun bus but buy cab can cap car cat cob cod cog cop cot cow cry cub cue cup
cut dad dam day den dew did dig dim dip dog dot dry dub due dug ear eat ebb eel egg ego elf elk elm end era eve eye
fan far fat fed fee few fig fin fir fit fix fly foe fog for fox fry fun fur gap gas gem get gin got gum gun gut guy
gym had ham has hat hay hem hen her hid him hip his hit hog hop hot how hub hue hug hum hut ice ill ink inn ivy jam
jar jaw jay jet job jog joy jug key kid kin kit lab lad lap law lay led leg let lid lie lip lit log lot low mad man
map mat may men met mix mob mop mud mug nap net new nod nor not now nut oak oar oat odd off oil old one orb ore our
out owl own pad pan par pat paw pay pea pen pet pie pig pin pit pod pop pot pub pun pup put rag ram ran rap rat raw
ray red rib rid rig rim rip rob rod rot row rub rug rum run rye sad sap sat saw say sea see set sew she shy sin sip
sir sit six ski sky sob sod son sow soy spa spy sum sun tab tag tan tap tar tax tea ten the tie tin tip toe ton too
top toy tub tug two urn use van vat vet vow wag war was wax way web wed wet who why wig win wit won wow yak yam yes
yet you zip zoo
"""
_FIVE = """
about above actor admit adult agent agree ahead alarm album alert alike alive allow alone along among angel anger
angle apple apply arena argue arise aside asset avoid awake award aware basic basis beach began begin being below
bench birth black blade blame blank blend bless blind block blood bloom board boost bound brain brake brand brave
bread break brick bride brief bring broad brown brush build burst cabin cable camel candy cargo carry catch cause
chain chair chalk charm chart chase cheap check cheek chest chief child choir civil claim class clean clear clerk
cliff climb clock close cloth cloud coach coast coral count court cover crane crash cream creek crime cross crowd
crown curve cycle daily dance depth diary dozen draft drain drama dream dress drift drink drive early earth eight
elbow empty enemy enjoy enter entry equal error event every exact exist extra faith false fancy fault favor feast
fence fever field fifth fight final flame flash fleet float flood floor flour fluid focus force forge forty found
frame fresh front frost fruit funny ghost giant given glass globe glory glove grace grade grain grand grant grape
graph grass great green greet grief group grove guard guess guest guide habit happy harsh heart heavy hello honey
horse hotel house human humor ideal image index inner input issue ivory jewel joint judge juice knife knock known
label labor large laser later laugh layer learn lemon level light limit linen liver local logic loose lucky lunar
lunch magic major maple march marsh match mayor medal media melon mercy merit metal meter minor model money month
moral motor mount mouse mouth movie music naval nerve never night noble noise north novel nurse ocean offer olive
onion opera orbit order organ other ounce outer owner paint panel paper party pasta patch pause peace peach pearl
phase phone photo piano piece pilot pitch place plain plane plant plate plaza point polar porch pound power press
price pride prime print prize proof proud queen quick quiet quilt quote radar radio raise ranch range rapid razor
reach ready relax reply rider ridge rifle right rival river roast robin robot rocky rough round route royal rural
salad sauce scale scene scent scope score scout sense serve seven shade shaft shake shape share shark sharp sheep
sheet shelf shell shift shine shirt shock shore short shout sight since skill skirt slate sleep slice slope smart
smell smile smoke snake solar solid solve sound south space spare spark speak speed spend spice spike spoon sport
spray squad stage stair stamp stand start state steam steel steep stick still stone store storm story stove straw
strip study style sugar sunny swamp sweep sweet swift swing sword table taste teach thank theme there thick thing
third thorn three throw thumb tiger tight timer title toast today token tooth topic torch total touch tower trace
track trade trail train treat trend trial tribe trick truck trunk trust truth tulip twice twist uncle under union
unite unity until upper urban usual valid value vapor vault verse video visit vital vivid vocal voice voter wagon
waste watch water weave wheat wheel where white whole width wiser woman world worry worth wound wrist write wrong
yacht yield young youth zebra
"""
THREE, FIVE = tuple(_THREE.split()), tuple(_FIVE.split())
